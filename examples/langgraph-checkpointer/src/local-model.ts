/** A chat request, as far as the local model reads it. */
interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
}

/** What the local model answers: it refunds what it is asked to, and repeats what came of it. */
export function respond({ messages }: ChatBody) {
  const last = messages.at(-1);
  if (last?.role === 'tool') return { content: `Done. ${String(last.content)}` };
  const said = messages.map(({ content }) => JSON.stringify(content)).join(' ');
  const [, amount = '0'] = [...said.matchAll(/Refund (\d+)/g)].at(-1) ?? [];
  return {
    toolCalls: [
      {
        id: `call-${messages.length}`,
        name: 'refund',
        arguments: JSON.stringify({ amount: Number(amount) }),
      },
    ],
  };
}
