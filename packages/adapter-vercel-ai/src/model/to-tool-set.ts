import type { HandoffTool, Json } from '@agent-handoff/core/adapter';
import { jsonSchema, type ToolSet, tool } from 'ai';

/** What the running of tools tells the tool loop. */
export interface ToolListener {
  readonly signal: AbortSignal;
  /** A tool is about to run. */
  onStart(): void;
  /** A tool's result ended the model's turn. */
  onTurnEnd(): void;
}

/** The tools in the shape of the AI SDK. What a tool throws is told to the model, as one line of text. */
export function toToolSet(tools: readonly HandoffTool[], listener: ToolListener): ToolSet {
  // `fromEntries` defines keys where an assignment to `__proto__` would not.
  return Object.fromEntries(
    tools.map((handoffTool) => [handoffTool.name, toTool(handoffTool, listener)]),
  );
}

function toTool(
  handoffTool: HandoffTool,
  { signal, onStart, onTurnEnd }: ToolListener,
): ToolSet[string] {
  return tool({
    description: handoffTool.description,
    inputSchema: jsonSchema<Json>(handoffTool.inputSchema as Parameters<typeof jsonSchema>[0]),
    execute: async (input: Json, { toolCallId }: { toolCallId: string }): Promise<Json> => {
      onStart();
      try {
        const { output, endsTurn } = await handoffTool.execute(input, { toolCallId, signal });
        if (endsTurn) onTurnEnd();
        return output;
      } catch (thrown) {
        // Without a name, which some versions of the AI SDK put before what the model is told.
        throw Object.assign(new Error(toErrorText(thrown), { cause: thrown }), { name: '' });
      }
    },
  });
}

/** What a model is told of an error, the same with every version of the AI SDK. */
export function toErrorText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' && thrown !== '' ? thrown : 'The tool failed.';
}
