import {
  type HandoffTool,
  type HandoffToolResult,
  type Message,
  type ModelRequest,
  message,
} from '@agent-handoff/core/adapter';
import type { ReadyToolCall } from './ready-tool-call.ts';

/** What a turn's tools answered: a message for each call, in their order. */
export interface ToolCallResults {
  readonly messages: readonly Message[];
  /** Whether one of them ended the model's turn. */
  readonly endsTurn: boolean;
}

interface ToolCallAnswer {
  readonly answer: Message;
  readonly endsTurn: boolean;
}

/**
 * Runs the tools of one turn, at the same time or one by one. Every call gets an answer, in one-by-one
 * turns also after a result that ends the turn: what a tool throws, a call of a tool that isn't offered
 * and one with arguments that can't be read are answered as errors.
 */
export async function runToolCalls(
  calls: readonly ReadyToolCall[],
  oneByOne: boolean,
  request: ModelRequest,
): Promise<ToolCallResults> {
  const answers: ToolCallAnswer[] = [];
  if (oneByOne) {
    for (const call of calls) {
      request.signal.throwIfAborted();
      answers.push(await answerCall(call, request));
    }
  } else {
    answers.push(...(await Promise.all(calls.map((call) => answerCall(call, request)))));
  }
  return {
    messages: answers.map(({ answer }) => answer),
    endsTurn: answers.some(({ endsTurn }) => endsTurn),
  };
}

async function answerCall(
  call: ReadyToolCall,
  { tools, signal, onEvent }: ModelRequest,
): Promise<ToolCallAnswer> {
  const { id, name, unreadable } = call;
  onEvent?.({ type: 'tool-called', toolCallId: id, toolName: name });
  const tool = tools.find((offered) => offered.name === name);
  if (!tool) return refused(id, `There is no tool named "${name}".`);
  if (unreadable) return refused(id, `The arguments of "${name}" are no JSON.`);
  try {
    const { output, endsTurn = false } = await execute(tool, call, signal);
    return { answer: message.tool(id, output), endsTurn };
  } catch (thrown) {
    return refused(id, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** The tool gets a copy of the input, as it would from the wire. */
const execute = async (
  tool: HandoffTool,
  { id, input }: ReadyToolCall,
  signal: AbortSignal,
): Promise<HandoffToolResult> => tool.execute(structuredClone(input), { toolCallId: id, signal });

const refused = (id: string, text: string): ToolCallAnswer => ({
  answer: message.tool(id, text, { isError: true }),
  endsTurn: false,
});
