import type { HandoffTool, Json, Message } from '@agent-handoff/core';

/** The answer to a tool call. */
export interface ToolResult {
  readonly name: string;
  readonly response: Json;
  readonly isError?: boolean;
}

/** The calls of a transcript with the answer of each, in order; a call without an answer is left out. */
export function toolResults(messages: readonly Message[]): readonly ToolResult[] {
  const parts = messages.flatMap((message) => message.parts);
  return parts.flatMap((call) => {
    if (call.type !== 'tool_call') return [];
    return parts.flatMap((result) => {
      if (result.type !== 'tool_call_response' || result.id !== call.id) return [];
      const { response, isError } = result;
      return [{ name: call.name, response, ...(isError === undefined ? {} : { isError }) }];
    });
  });
}

/** A tool that counts how often it ran. */
export function countedTool(name: string, output: Json): HandoffTool & { readonly runs: number } {
  let runs = 0;
  return {
    name,
    description: `Does ${name}.`,
    inputSchema: { type: 'object' },
    execute: () => {
      runs++;
      return { output };
    },
    get runs() {
      return runs;
    },
  };
}
