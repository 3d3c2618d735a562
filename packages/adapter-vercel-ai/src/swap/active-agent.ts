import type { ModelMessage, ToolResultPart } from 'ai';
import { isHandoffUpdate, toModelOutput } from '../tools/handoff-update.ts';

const transferName = /^(?:transfer|escalate)_to_(.+)$/;

/**
 * The agent that the newest accepted transfer of a conversation gave it to, of those that are known: an
 * application may have a tool named `transfer_to_savings`, and an agent may be there no more.
 */
export function activeAgent<Agent>(
  messages: readonly ModelMessage[],
  agents: ReadonlyMap<string, Agent>,
): Agent | undefined {
  for (const { role, content } of messages.toReversed()) {
    if (role !== 'tool') continue;
    for (const part of content.toReversed()) {
      const target = part.type === 'tool-result' ? acceptedTarget(part) : undefined;
      const agent = target === undefined ? undefined : agents.get(target);
      if (agent !== undefined) return agent;
    }
  }
  return undefined;
}

function acceptedTarget({ toolName, output }: ToolResultPart): string | undefined {
  const target = transferName.exec(toolName)?.[1];
  if (output.type === 'text') return target;
  const update = output.type === 'json' ? (output.value as unknown) : undefined;
  return isHandoffUpdate(update) && update.status === 'accepted' ? target : undefined;
}

/** The messages as a model is to see them: of a handoff its final text only. */
export function toldMessages(messages: readonly ModelMessage[]): ModelMessage[] {
  return messages.map((message) =>
    message.role === 'tool'
      ? { ...message, content: message.content.map((part) => toldPart(part)) }
      : message,
  );
}

type ToolPart = Extract<ModelMessage, { role: 'tool' }>['content'][number];

function toldPart(part: ToolPart): ToolPart {
  if (part.type !== 'tool-result' || part.output.type !== 'json') return part;
  const update: unknown = part.output.value;
  return isHandoffUpdate(update) ? { ...part, output: toModelOutput(update) } : part;
}
