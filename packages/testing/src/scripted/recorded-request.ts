import type { HandoffTool, JsonObject, Message, ModelRequest } from '@agent-handoff/core/adapter';

/** A copy of what a model was asked, from the moment when it was asked. */
export interface RecordedRequest {
  readonly systemPrompt?: string;
  readonly messages: readonly Message[];
  /** What the model sees of the tools. */
  readonly tools: readonly Pick<HandoffTool, 'name' | 'description' | 'inputSchema'>[];
  readonly outputSchema?: JsonObject;
  readonly signal: AbortSignal;
  /** Whether the caller listens to deltas. */
  readonly isStreamed: boolean;
}

/** A deep copy of the request; `messages` stand in for its own where they are passed. */
export function recordRequest(
  request: ModelRequest,
  messages: readonly Message[] = request.messages,
): RecordedRequest {
  const { systemPrompt, tools, outputSchema, signal, onEvent } = request;
  return {
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    messages: structuredClone(messages),
    tools: tools.map(({ name, description, inputSchema }) =>
      structuredClone({ name, description, inputSchema }),
    ),
    ...(outputSchema === undefined ? {} : { outputSchema: structuredClone(outputSchema) }),
    signal,
    isStreamed: onEvent !== undefined,
  };
}

/** All text that the model is shown, system prompt first, tool calls and results as JSON. */
export function requestText({ systemPrompt = '', messages }: RecordedRequest): string {
  const texts = messages.flatMap(({ parts }) =>
    parts.map((part) => {
      if (part.type === 'text' || part.type === 'reasoning') return part.content;
      if (part.type === 'tool_call') return `${part.name} ${JSON.stringify(part.arguments)}`;
      if (part.type === 'tool_call_response') return JSON.stringify(part.response);
      return `[${part.type} ${part.modality}]`;
    }),
  );
  return [systemPrompt, ...texts].filter((text) => text !== '').join('\n');
}
