import type { HandoffTool, Json } from '@agent-handoff/core/adapter';
import type { ToolSet } from 'ai';
import { toErrorText } from './to-error-text.ts';
import { toSchema } from './to-schema.ts';

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
  return {
    description: handoffTool.description,
    inputSchema: toSchema<Json>(handoffTool.inputSchema),
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
  };
}
