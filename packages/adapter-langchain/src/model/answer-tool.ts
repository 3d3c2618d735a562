import type { HandoffTool, JsonObject, ModelRequest } from '@agent-handoff/core/adapter';

/** The name of the tool by which a model gives a structured answer. */
export const answerTool = 'give_answer';

const instruction = `Give your final answer by calling the tool ${answerTool}, and by nothing else.`;

/**
 * What a structured answer is asked for with: a tool that takes it and ends the turn. It is the one way
 * that all providers have, and that goes with other tools.
 */
export function withAnswerTool(
  { systemPrompt = '', tools, outputSchema }: ModelRequest,
  onAnswer: (data: unknown) => void,
): { readonly systemPrompt: string; readonly tools: readonly HandoffTool[] } {
  if (outputSchema === undefined) return { systemPrompt, tools };
  const { $schema: _, ...schema } = outputSchema;
  // The input of a tool is an object; an answer may be a list.
  const isObject = schema['type'] === 'object';
  const inputSchema = isObject ? schema : wrapped(schema);
  const tool: HandoffTool = {
    name: answerTool,
    description: 'Gives the final answer.',
    inputSchema,
    execute: (input) => {
      onAnswer(isObject ? input : (input as JsonObject)['answer']);
      return { output: 'Answered.', endsTurn: true };
    },
  };
  return {
    systemPrompt: systemPrompt === '' ? instruction : `${systemPrompt}\n\n${instruction}`,
    tools: [...tools, tool],
  };
}

const wrapped = (schema: JsonObject): JsonObject => ({
  type: 'object',
  properties: { answer: schema },
  required: ['answer'],
});
