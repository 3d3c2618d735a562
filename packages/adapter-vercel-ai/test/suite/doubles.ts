import type { ModelDouble } from '@agent-handoff/testing/conformance';
import { type StrictModelServer, strictModelServer } from '@agent-handoff/testing/model-server';

/** A strict model server on which every model id is answered by a function. */
export interface DoubleServer extends AsyncDisposable {
  readonly server: StrictModelServer;
  /** The id of a model that answers by this function. */
  model(double: ModelDouble): string;
}

type Request = Parameters<NonNullable<Parameters<typeof strictModelServer>[0]>['respond'] & {}>[0];

/** Starts the server; what a function throws is answered with HTTP 400. */
export async function doubleServer(): Promise<DoubleServer> {
  const doubles = new Map<string, ModelDouble>();
  const server = await strictModelServer({
    async respond({ model, messages, tools = [] }: Request) {
      const double = doubles.get(model);
      if (!double) return { status: 404, error: { message: `no model ${model}` } };
      try {
        const text = messages.map(({ content }) => toText(content)).join('\n');
        const move = await double({ text, toolNames: tools.map((tool) => tool.function.name) });
        if (typeof move === 'string') return { content: move };
        const { toolCallId: id, toolName: name, input } = move;
        return { toolCalls: [{ id, name, arguments: JSON.stringify(input) }] };
      } catch (thrown) {
        return { status: 400, error: { message: (thrown as Error).message } };
      }
    },
    chunkSize: 5,
  });
  return {
    server,
    model(double) {
      const id = `double-${doubles.size}`;
      doubles.set(id, double);
      return id;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function toText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { readonly text?: string }) => part.text ?? '').join('');
}
