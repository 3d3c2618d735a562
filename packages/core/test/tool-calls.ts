import type { Json } from '../src/context/json.ts';
import { type Message, message } from '../src/context/message.ts';
import type { AgentCall, Script } from './scripted-agent.ts';
import { report } from './scripted-agent.ts';

/** One call of a tool by a scripted agent. */
export type ToolCall = readonly [name: string, input?: Json];

/**
 * A script that calls tools in one turn, at the same time, and answers with `output` unless one of them
 * ended the turn: what an agent with a model does. On an attempt that goes on it only answers.
 */
export function calling(calls: readonly ToolCall[], output = 'done'): Script {
  return async (received) => {
    if (received.options.resumeFrom) {
      return report({ output, messages: [message.assistant(output)] });
    }
    const { messages, ended } = await callTools(received, calls);
    if (ended) return report({ output: '', messages });
    return report({ output, messages: [...messages, message.assistant(output)] });
  };
}

/** Calls tools as one turn of a model does: every call is answered. */
export async function callTools(
  { options, call: n }: AgentCall,
  calls: readonly ToolCall[],
): Promise<{ messages: Message[]; ended: boolean; answers: string[] }> {
  const signal = options.signal ?? new AbortController().signal;
  const ready = calls.map(([name, input = {}], i) => ({ id: `call-${n}-${i + 1}`, name, input }));
  const results = await Promise.all(
    ready.map(async ({ id, name, input }) => {
      const tool = options.tools?.find((offered) => offered.name === name);
      if (!tool) return { id, output: `no tool ${name}`, isError: true, ended: false };
      try {
        const { output, endsTurn = false } = await tool.execute(input, { toolCallId: id, signal });
        return { id, output, isError: false, ended: endsTurn };
      } catch (thrown) {
        return { id, output: (thrown as Error).message, isError: true, ended: false };
      }
    }),
  );
  const asked = message.assistant(
    ready.map(({ id, name, input }) => ({ type: 'tool_call', id, name, arguments: input })),
  );
  const answered = results.map(({ id, output, isError }) =>
    message.tool(id, output, isError ? { isError } : {}),
  );
  return {
    messages: [asked, ...answered],
    ended: results.some(({ ended }) => ended),
    answers: results.map(({ output }) => String(output)),
  };
}
