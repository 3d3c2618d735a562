import {
  HandoffError,
  type Message,
  type MessagePart,
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
import { deniedText, type OutputType, takeOutputType } from './output-type.ts';
import { toProviderOptions } from './own-metadata.ts';

type AssistantPart = Exclude<AssistantModelMessage['content'], string>[number];
type UserPart = Exclude<UserModelMessage['content'], string>[number];
type ToolPart = ToolModelMessage['content'][number];

/**
 * The messages as the AI SDK takes them. Nothing is lost: `fromModelMessages` gives back what went in.
 *
 * @throws HandoffError `INVALID_CONTEXT` for a system message, a part that its role can't carry, a
 * tool result that answers no earlier call, and a call that no result answers.
 */
export function toModelMessages(messages: readonly Message[]): ModelMessage[] {
  const calls = new ToolCalls();
  const converted = messages.map((message, index) => {
    const place = `message ${index} (${message.role})`;
    const options = toProviderOptions(
      undefined,
      message.name === undefined ? {} : { name: message.name },
    );
    switch (message.role) {
      case 'user':
        return {
          role: message.role,
          content: message.parts.map((part) => toUserPart(part, place)),
          ...options,
        };
      case 'assistant':
        return {
          role: message.role,
          content: message.parts.map((part) => toAssistantPart(part, place, calls)),
          ...options,
        };
      case 'tool':
        return {
          role: message.role,
          content: message.parts.map((part) => toToolPart(part, place, calls)),
          ...options,
        };
      default:
        throw unfit(place, 'is a system message: pass its text as systemPrompt');
    }
  });
  calls.checkAnswered();
  return converted;
}

/** Pairs tool results with the calls before them. */
class ToolCalls {
  readonly #open = new Map<string, string>();

  made(id: string, name: string): void {
    this.#open.set(id, name);
  }

  answered(id: string, place: string): string {
    const name = this.#open.get(id);
    if (name === undefined) {
      throw unfit(place, `has a result for the tool call "${id}", which was not made before it`);
    }
    this.#open.delete(id);
    return name;
  }

  checkAnswered(): void {
    const [id] = this.#open.keys();
    if (id !== undefined) throw unfit(`The tool call "${id}"`, 'has no result');
  }
}

function toUserPart(part: MessagePart, place: string): UserPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.content, ...toProviderOptions(part.providerMetadata) };
    case 'blob':
    case 'uri':
    case 'file':
      return toFileData(part);
    default:
      throw unfitPart(place, part);
  }
}

function toAssistantPart(part: MessagePart, place: string, calls: ToolCalls): AssistantPart {
  const options = toProviderOptions(part.providerMetadata);
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { type: part.type, text: part.content, ...options } as AssistantPart;
    case 'tool_call':
      calls.made(part.id, part.name);
      return {
        type: 'tool-call',
        toolCallId: part.id,
        toolName: part.name,
        input: part.arguments,
        ...options,
      };
    case 'blob':
    case 'uri':
    case 'file':
      return toFileData(part);
    default:
      throw unfitPart(place, part);
  }
}

function toToolPart(part: MessagePart, place: string, calls: ToolCalls): ToolPart {
  if (part.type !== 'tool_call_response') throw unfitPart(place, part);
  const { outputType, metadata } = takeOutputType(part.providerMetadata);
  return {
    type: 'tool-result',
    toolCallId: part.id,
    toolName: calls.answered(part.id, place),
    output: toToolOutput(part, outputType),
    // An error is told by the kind of output, which leaves no room for an explicit `false`.
    ...toProviderOptions(metadata, part.isError === false ? { isError: false } : {}),
  };
}

function toToolOutput(
  { response, isError }: ToolCallResponsePart,
  outputType: OutputType | undefined,
): ToolResultPart['output'] {
  if (outputType === 'execution-denied' && typeof response === 'string') {
    return { type: outputType, ...(response === deniedText ? {} : { reason: response }) };
  }
  if (outputType === 'content') {
    return { type: outputType, value: response } as unknown as ToolResultPart['output'];
  }
  if (typeof response === 'string')
    return { type: isError ? 'error-text' : 'text', value: response };
  return { type: isError ? 'error-json' : 'json', value: response as JSONValue };
}

const unfitPart = (place: string, { type }: MessagePart): HandoffError =>
  unfit(place, `has a ${type} part, which its role can't carry`);

const unfit = (place: string, problem: string): HandoffError =>
  new HandoffError(
    'INVALID_CONTEXT',
    `${place} ${problem}. A transcript from elsewhere goes through repairTranscript first.`,
  );
