import {
  type HandoffTool,
  type Json,
  type Message,
  type ModelRequest,
  message,
} from '@agent-handoff/core/adapter';

/** A tool call with everything filled in. */
export interface ReadyToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: Json;
}

/** What a turn's tools answered: a message for each call, in their order. */
export interface ToolCallResults {
  readonly messages: readonly Message[];
  /** Whether one of them ended the model's turn. */
  readonly endsTurn: boolean;
}

/**
 * Runs the tools of one turn at the same time. Every call gets an answer: what a tool throws, and a
 * call of a tool that isn't offered, are answered as errors.
 */
export async function runToolCalls(
  calls: readonly ReadyToolCall[],
  { tools, signal, onEvent }: ModelRequest,
): Promise<ToolCallResults> {
  const results = await Promise.all(
    calls.map(async ({ id, name, input }) => {
      onEvent?.({ type: 'tool-called', toolCallId: id, toolName: name });
      const tool = tools.find((offered) => offered.name === name);
      if (!tool) return refused(id, `There is no tool named "${name}".`);
      try {
        const { output, endsTurn = false } = await execute(tool, input, id, signal);
        return { answer: message.tool(id, output), endsTurn };
      } catch (thrown) {
        return refused(id, thrown instanceof Error ? thrown.message : String(thrown));
      }
    }),
  );
  return {
    messages: results.map(({ answer }) => answer),
    endsTurn: results.some(({ endsTurn }) => endsTurn),
  };
}

/** The tool gets a copy of the input, as it would from the wire. */
const execute = async (tool: HandoffTool, input: Json, toolCallId: string, signal: AbortSignal) =>
  tool.execute(structuredClone(input), { toolCallId, signal });

const refused = (id: string, text: string): { answer: Message; endsTurn: boolean } => ({
  answer: message.tool(id, text, { isError: true }),
  endsTurn: false,
});
