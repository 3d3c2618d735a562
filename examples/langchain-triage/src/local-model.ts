/** A chat request, as far as the local model reads it. */
interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

/**
 * What the local model answers. It calls the tool that it is offered, and then repeats what the tool
 * said: it knows neither invoices nor agents.
 */
export function respond({ messages, tools = [] }: ChatBody) {
  const last = messages.at(-1);
  if (last?.role === 'tool') return { content: `It says: ${String(last.content)}` };
  const name = tools[0]?.function.name ?? '';
  const input = name.startsWith('delegate_to_')
    ? { task: 'Find out why invoice 7 was charged twice' }
    : { invoiceId: 7 };
  return { toolCalls: [{ id: `call-${name}`, name, arguments: JSON.stringify(input) }] };
}
