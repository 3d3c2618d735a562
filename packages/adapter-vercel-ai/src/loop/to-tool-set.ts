import type { HandoffTool, Json } from '@agent-handoff/core/adapter';
import type { ModelMessage, ToolSet } from 'ai';
import { toErrorText } from './to-error-text.ts';
import { toSchema } from './to-schema.ts';

/** What the tools need of the loop that runs them. */
export interface ToolListener {
  readonly signal: AbortSignal;
  /** A tool is about to run. */
  readonly onStart?: (() => void) | undefined;
  /** A tool's result ended the model's turn; the messages are those that the model had seen. */
  readonly onTurnEnd: (messages: readonly ModelMessage[]) => void;
}

type Call = { readonly toolCallId: string; readonly messages: readonly ModelMessage[] };

/** The tools in the shape of the AI SDK. What a tool throws is told to the model, as one line of text. */
export function toToolSet(tools: readonly HandoffTool[], listener: ToolListener): ToolSet {
  // `fromEntries` defines keys where an assignment to `__proto__` would not.
  return Object.fromEntries(tools.map((tool) => [tool.name, toTool(tool, listener)]));
}

function toTool(tool: HandoffTool, { signal, onStart, onTurnEnd }: ToolListener): ToolSet[string] {
  return {
    description: tool.description,
    inputSchema: toSchema<Json>(tool.inputSchema),
    execute: async (input: Json, { toolCallId, messages }: Call): Promise<Json> => {
      onStart?.();
      try {
        const { output, endsTurn } = await tool.execute(input, { toolCallId, signal });
        if (endsTurn) onTurnEnd(messages);
        return output;
      } catch (thrown) {
        // Without a name, which some versions of the AI SDK put before what the model is told.
        throw Object.assign(new Error(toErrorText(thrown, 'The tool failed.'), { cause: thrown }), {
          name: '',
        });
      }
    },
  };
}
