import { type RoleId, roleBySystemPrompt } from '../roles.ts';
import { systemPromptOf } from './model-endpoint.ts';

/** A chat request, as far as the local model reads it. */
export interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

const opinions: Record<RoleId, string> = {
  intake: 'This is about card payments, so it goes to the people who look after them.',
  'payments-engineer':
    'The bank refuses our certificate: it ran out this morning and has to be renewed.',
  'network-engineer': 'All lines are up, and the bank answers within 40 ms. It is not the network.',
  'duty-manager': 'Switch to the second bank now, renew the certificate, and tell the customers.',
  'backup-engineer': 'I have taken over, and payments are tried again every minute.',
  'level-1': 'The handbook has no answer to this.',
  'level-2': 'A refund this high is not mine to grant.',
  'level-3': 'Confirmed: the customer gets the money back today.',
};

/** The specialist whom the intake desk hands card payments to, as soon as it is offered the tool. */
const specialistTool = 'transfer_to_payments-engineer';

/** The tool that the local model calls in its turn; none where it answers with a text. */
export function toolCallOf({ messages, tools = [] }: ChatBody): string | undefined {
  const isOffered = tools.some((tool) => tool.function.name === specialistTool);
  const hasCalled = messages.some(({ role }) => role === 'tool');
  return isOffered && !hasCalled ? specialistTool : undefined;
}

/**
 * What the local model answers. It knows its part and nothing of the case: the ticket number, the task
 * and what was found before are read from the request, or they are not in the answer.
 */
export function respond(body: ChatBody): string {
  const prompt = body.messages
    .map(({ role, content }) => (role === 'user' && typeof content === 'string' ? content : ''))
    .join('\n');
  const ticket = /\bT-[0-9a-f]{8}\b/.exec(prompt)?.[0] ?? 'A report without a ticket number';
  const task = /^### Original Task\n(.+)$/m.exec(prompt)?.[1] ?? '';
  const known = [...prompt.matchAll(/^- \*\*(.+?):\*\*/gm)].map(([, key]) => key);
  const role = roleBySystemPrompt(systemPromptOf(body));
  return [
    `${ticket}, "${task.replace(/ \(ticket T-[0-9a-f]{8}\)/, '')}".`,
    ...(known.length === 0 ? [] : [`I was handed: ${known.join(', ')}.`]),
    role === undefined ? 'I have no part in this.' : opinions[role],
  ].join(' ');
}
