import {
  type HandoffTool,
  type Json,
  type JsonObject,
  type ModelRequest,
  message,
} from '@agent-handoff/core/adapter';

/** A request with everything but what a test is about filled in. */
export const request = (part: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [message.user('Where is order 7?')],
  tools: [],
  signal: new AbortController().signal,
  ...part,
});

/** What a tool was called with. */
export interface ToolRun {
  readonly input: Json;
  readonly toolCallId: string;
  readonly signal: AbortSignal;
}

/** A tool that keeps its calls and answers with `respond`. */
export function recordingTool(
  name: string,
  respond: (input: Json) => ReturnType<HandoffTool['execute']>,
): HandoffTool & { readonly runs: ToolRun[] } {
  const runs: ToolRun[] = [];
  const inputSchema: JsonObject = {
    type: 'object',
    properties: { id: { type: 'string' } },
    required: ['id'],
    additionalProperties: false,
  };
  return {
    name,
    description: `Runs ${name}`,
    inputSchema,
    runs,
    execute(input, { toolCallId, signal }) {
      runs.push({ input, toolCallId, signal });
      return respond(input);
    },
  };
}

/** Token counts in both of OpenAI's spellings. */
export const tokens = (input: number, output: number) => ({
  usage: {
    prompt_tokens: input,
    completion_tokens: output,
    input_tokens: input,
    output_tokens: output,
  },
});
