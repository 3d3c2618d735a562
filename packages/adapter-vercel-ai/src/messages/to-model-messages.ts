import {
  HandoffError,
  type Message,
  type MessagePart,
  type MessageRole,
  type ToolCallResponsePart,
} from '@agent-handoff/core/adapter';
import type {
  AssistantModelMessage,
  JSONValue,
  ModelMessage,
  ToolModelMessage,
  ToolResultPart,
  UserModelMessage,
} from 'ai';
import { toFileData } from './file-data.ts';
import { toProviderOptions } from './own-metadata.ts';
import { deniedText, takeSdkMetadata } from './sdk-metadata.ts';

type ModelPart = Exclude<
  AssistantModelMessage['content'] | UserModelMessage['content'] | ToolModelMessage['content'],
  string
>[number];

const carried: Readonly<Record<Exclude<MessageRole, 'system'>, readonly MessagePart['type'][]>> = {
  user: ['text', 'blob', 'uri', 'file'],
  assistant: ['text', 'reasoning', 'tool_call', 'blob', 'uri', 'file'],
  tool: ['tool_call_response'],
};

/**
 * The messages as the AI SDK takes them. Nothing is lost: `fromModelMessages` gives back what went in.
 *
 * @throws HandoffError `INVALID_CONTEXT` for a system message, a part that its role can't carry, a
 * tool result that answers no earlier call, and a call that no result answers.
 */
export function toModelMessages(messages: readonly Message[]): ModelMessage[] {
  const open = new Map<string, string>();
  const converted = convert(messages, open);
  checkAnswered(open);
  return converted;
}

/** Refuses calls that stay open. */
export function checkAnswered(open: ReadonlyMap<string, string>): void {
  const [id] = open.keys();
  if (id !== undefined) throw unfit(`The tool call "${id}" has no result`);
}

/** The messages, and into `open` the names of the calls that no result answers, by their ids. */
export function convert(messages: readonly Message[], open: Map<string, string>): ModelMessage[] {
  return messages.map(({ role, parts, name }, index) => {
    if (role === 'system') {
      throw unfit(`message ${index} (system) must be passed as systemPrompt`);
    }
    const content = parts.map((part) => {
      if (carried[role].includes(part.type)) return toPart(part, open, index);
      throw unfit(`message ${index} (${role}) has a ${part.type} part, which its role can't carry`);
    });
    const message = { role, content } as ModelMessage;
    return name === undefined ? message : { ...message, ...toProviderOptions(undefined, { name }) };
  });
}

function toPart(part: MessagePart, open: Map<string, string>, index: number): ModelPart {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return {
        type: part.type,
        text: part.content,
        ...toProviderOptions(part.providerMetadata),
      } as ModelPart;
    case 'tool_call':
      open.set(part.id, part.name);
      return {
        type: 'tool-call',
        toolCallId: part.id,
        toolName: part.name,
        input: part.arguments,
        ...toProviderOptions(part.providerMetadata),
      };
    case 'tool_call_response': {
      const toolName = open.get(part.id);
      if (toolName === undefined) {
        throw unfit(
          `message ${index} has a result for the tool call "${part.id}", which was not made before it`,
        );
      }
      open.delete(part.id);
      return toToolResult(part, toolName);
    }
    default:
      // Version 6 has no word for a reference, and none is made of what came from there.
      return toFileData(part) as ModelPart;
  }
}

function toToolResult(part: ToolCallResponsePart, toolName: string): ToolResultPart {
  const { kept, metadata } = takeSdkMetadata(part.providerMetadata);
  return {
    type: 'tool-result',
    toolCallId: part.id,
    toolName,
    output: toToolOutput(part, kept.outputType),
    // An error is told by the kind of output, which leaves no room for an explicit `false`.
    ...toProviderOptions(metadata, part.isError === false ? { isError: false } : {}),
  };
}

function toToolOutput(
  { response, isError }: ToolCallResponsePart,
  outputType: 'execution-denied' | 'content' | undefined,
): ToolResultPart['output'] {
  if (outputType === 'execution-denied' && typeof response === 'string') {
    return { type: outputType, ...(response === deniedText ? {} : { reason: response }) };
  }
  if (outputType === 'content') {
    return { type: outputType, value: response } as unknown as ToolResultPart['output'];
  }
  if (typeof response === 'string') {
    return { type: isError ? 'error-text' : 'text', value: response };
  }
  return { type: isError ? 'error-json' : 'json', value: response as JSONValue };
}

const unfit = (problem: string): HandoffError =>
  new HandoffError(
    'INVALID_CONTEXT',
    `${problem}. A transcript from elsewhere goes through repairTranscript first.`,
  );
