import { type StrictModelServer, strictModelServer } from '@agent-handoff/testing/model-server';

type Respond = NonNullable<NonNullable<Parameters<typeof strictModelServer>[0]>['respond']>;
type Body = Parameters<Respond>[0];
type Answer = Awaited<ReturnType<Respond>>;

/** A model server on this machine that knows this one shop; it answers in pieces, like a real one. */
export function localModel({ latencyMs = 30 } = {}): Promise<StrictModelServer> {
  return strictModelServer({ respond, latencyMs, chunkSize: 14 });
}

/** The id of a model is that of the agent that it plays. */
function respond(body: Body): Answer {
  const script = { triage, refunds, deliveries }[body.model];
  return script ? script(body) : { status: 404, error: { message: `no model ${body.model}` } };
}

function triage(body: Body): Answer {
  const asked = lastSaid(body);
  if (/parcel|where|deliver/i.test(asked)) {
    return calling(
      'transfer_to_deliveries',
      { task: asked },
      'I am putting you through to Deliveries.',
    );
  }
  if (/refund|broke|money|charge/i.test(asked)) {
    return calling(
      'transfer_to_refunds',
      { task: asked },
      'I am sorry to hear that. Refunds will sort it out.',
    );
  }
  return { content: 'Hello! Is it about a refund, or about a parcel?' };
}

function refunds(body: Body): Answer {
  const { name, result } = lastResult(body);
  if (name === 'findOrder') {
    const { item, euros } = parsed(result);
    if (euros === undefined) return { content: `${result} Could you check the number?` };
    return calling(
      'refund',
      { order: orderIn(body), euros },
      `That is the ${item?.toLowerCase()} for €${euros.toFixed(2)}. I can pay it back in full.`,
    );
  }
  if (name === 'refund') {
    const { refunded } = parsed(result);
    return {
      content:
        refunded === undefined
          ? 'All right, nothing was paid back. If you would rather have a new lamp, tell me and I will send one today.'
          : `Done: €${refunded.toFixed(2)} are on their way to your card and arrive within two days. Keep the lamp’s parts or recycle them, we don’t need them back.`,
    };
  }
  const asked = lastSaid(body);
  if (name === '' && /parcel/i.test(asked)) {
    return calling(
      'transfer_to_deliveries',
      { task: asked },
      'Deliveries can see that, one moment.',
    );
  }
  const order = orderIn(body);
  return order === '' ? { content: 'Which order is it?' } : calling('findOrder', { order });
}

function deliveries(body: Body): Answer {
  const { name, result } = lastResult(body);
  if (name === 'trackParcel') return { content: `Your parcel: ${result}` };
  const order = orderIn(body);
  return order === '' ? { content: 'Which order is it?' } : calling('trackParcel', { order });
}

function calling(name: string, input: object, content = ''): Answer {
  const id = `call_${crypto.randomUUID().slice(0, 8)}`;
  const toolCalls = [{ id, name, arguments: JSON.stringify(input) }];
  return content === '' ? { toolCalls } : { content, toolCalls };
}

const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : JSON.stringify(content ?? '');

const lastSaid = ({ messages }: Body): string =>
  textOf(messages.findLast(({ role }) => role === 'user')?.content);

/** The number of the order that the customer wrote last. */
const orderIn = ({ messages }: Body): string =>
  /\d{4}/.exec(
    textOf(
      messages.findLast(({ role, content }) => role === 'user' && /\d{4}/.test(textOf(content)))
        ?.content,
    ),
  )?.[0] ?? '';

/** The tool that the conversation ends with, and what it gave. */
function lastResult({ messages }: Body): { name: string; result: string } {
  const last = messages.at(-1);
  if (last?.role !== 'tool') return { name: '', result: '' };
  const calls = messages.flatMap(({ tool_calls = [] }) => tool_calls);
  const name = calls.findLast(({ id }) => id === last.tool_call_id)?.function.name ?? '';
  return { name, result: textOf(last.content) };
}

function parsed(result: string): { item?: string; euros?: number; refunded?: number } {
  try {
    return Object(JSON.parse(result));
  } catch {
    return {};
  }
}
