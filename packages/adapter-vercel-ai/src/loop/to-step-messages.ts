import type {
  JsonObject,
  Message,
  MessagePart,
  ToolCallResponsePart,
} from '@agent-handoff/core/adapter';
import type { ModelMessage, StepResult, ToolResultPart, ToolSet } from 'ai';
import { fromFileData } from '../messages/file-data.ts';
import { fromToolResult } from '../messages/from-model-messages.ts';
import { type ApprovalRequest, withSdkMetadata } from '../messages/sdk-metadata.ts';
import { toJson } from '../messages/to-json.ts';
import { toErrorText } from './to-error-text.ts';

type StepPart = StepResult<ToolSet>['content'][number];

/** What is read of a step. */
export interface Step {
  readonly content: readonly StepPart[];
  readonly finishReason?: string | undefined;
  readonly response: { readonly messages: readonly ModelMessage[] };
}

/**
 * The messages that one step added: the model's, and what it was told of its tool calls. Read from the
 * step's content, because the AI SDK's own `response.messages` are of one step or of all of them,
 * depending on its version. A call that waits for a person's approval stays open, and carries what the
 * AI SDK wants to see again when it is approved; so does one whose tool runs elsewhere.
 */
export function toStepMessages(step: Step): Message[] {
  const { content } = step;
  const pending = pendingCalls(step);
  const said: MessagePart[] = [];
  const results: MessagePart[] = [];
  for (const part of content) {
    const own = toPart(part);
    if (own?.type !== 'tool_call') {
      if (own) said.push(own);
      continue;
    }
    const request = pending.get(own.id);
    said.push(request ? withSdkMetadata(own, { approvalRequest: request }) : own);
    const result = request ? undefined : toResponse(step, own.id);
    if (result) results.push(result);
  }
  const messages: Message[] = [];
  if (said.length > 0) messages.push({ parts: said, role: 'assistant' });
  if (results.length > 0) messages.push({ parts: results, role: 'tool' });
  return messages;
}

const nothing: ReadonlyMap<string, ApprovalRequest> = new Map();

/** The calls that a person must approve before they run: the request for each, by the id of the call. */
export function pendingCalls({ content, response }: Step): ReadonlyMap<string, ApprovalRequest> {
  if (!content.some(({ type }) => type === 'tool-approval-request')) return nothing;
  // Newer versions also decide by themselves, and say so beside the request.
  const decided = new Set(
    (content as readonly { readonly type: string; readonly approvalId?: string }[]).flatMap(
      ({ type, approvalId }) => (type === 'tool-approval-response' ? approvalId : []),
    ),
  );
  const asked = new Map<string, ApprovalRequest>();
  for (const message of response.messages) {
    for (const part of typeof message.content === 'string' ? [] : message.content) {
      if (part.type === 'tool-approval-request' && !decided.has(part.approvalId)) {
        asked.set(part.toolCallId, part);
      }
    }
  }
  return asked;
}

/** Whether a tool of it runs elsewhere: it has no `execute`, and a page sends its result later. */
export function runsElsewhere(step: Step): boolean {
  const pending = pendingCalls(step);
  return step.content.some(
    (part) =>
      part.type === 'tool-call' &&
      !part.providerExecuted &&
      !pending.has(part.toolCallId) &&
      toResponse(step, part.toolCallId) === undefined,
  );
}

function toPart(part: StepPart): MessagePart | undefined {
  switch (part.type) {
    case 'text':
    case 'reasoning': {
      const metadata = forContinuing(part.providerMetadata);
      if (part.text === '' && metadata === undefined) return undefined;
      return { content: part.text, ...metadata, type: part.type };
    }
    case 'file': {
      const { base64: data, mediaType } = part.file;
      return {
        ...fromFileData({ type: 'file', data, mediaType }),
        ...forContinuing(part.providerMetadata),
      };
    }
    case 'tool-call':
      if (part.providerExecuted) return undefined;
      return {
        // Providers want an object back, also where the model wrote something else.
        arguments: typeof part.input === 'object' && part.input !== null ? toJson(part.input) : {},
        id: part.toolCallId,
        name: part.toolName,
        ...forContinuing(part.providerMetadata),
        type: 'tool_call',
      };
    default:
      return undefined;
  }
}

/** Undefined where the call stays open. */
function toResponse(
  { content, response, finishReason }: Step,
  id: string,
): ToolCallResponsePart | undefined {
  const base = { id, type: 'tool_call_response' as const };
  for (const part of content) {
    if (part.type !== 'tool-error' || part.toolCallId !== id) continue;
    return { ...base, isError: true, response: toErrorText(part.error, 'The tool failed.') };
  }
  const told = resultIn(response.messages, id);
  if (told) {
    // Its metadata is that of the call, which has it already.
    const { providerOptions: _, ...result } = told;
    return fromToolResult(result);
  }
  for (const part of content) {
    if (part.type === 'tool-result' && part.toolCallId === id) {
      return { ...base, response: toJson(part.output) };
    }
  }
  if (finishReason === 'tool-calls') return undefined;
  // The answer was cut off: newer versions don't run its calls, and no call may stay open.
  const notRun = 'The call was not run: the answer that made it was cut off.';
  return { ...base, isError: true, response: notRun };
}

/** What the model was told, which a tool may put in words of its own; the newest where ids are used again. */
function resultIn(messages: readonly ModelMessage[], id: string): ToolResultPart | undefined {
  for (const { role, content } of messages.toReversed()) {
    if (role !== 'tool') continue;
    for (const part of content) {
      if (part.type === 'tool-result' && part.toolCallId === id) return part;
    }
  }
  return undefined;
}

/** What the provider said about an answer that it doesn't need in order to continue from it. */
const saidOnly = ['annotations', 'citations', 'logprobs'];

/** The metadata of a part that its provider needs back: item ids, signatures, encrypted reasoning. */
function forContinuing(
  metadata: Readonly<Record<string, unknown>> | undefined,
): { readonly providerMetadata: JsonObject } | undefined {
  if (metadata === undefined) return undefined;
  const kept: Record<string, JsonObject> = {};
  for (const [provider, fields] of Object.entries(metadata)) {
    const needed = Object.entries(fields as JsonObject).filter(
      ([name, value]) => value !== null && value !== undefined && !saidOnly.includes(name),
    );
    if (needed.length > 0) kept[provider] = Object.fromEntries(needed);
  }
  return Object.keys(kept).length > 0 ? { providerMetadata: kept } : undefined;
}
