import type { Json, JsonObject, Message } from '@agent-handoff/core/adapter';
import type {
  AssistantModelMessage,
  ModelMessage,
  StepResult,
  ToolModelMessage,
  ToolSet,
} from 'ai';
import { fromModelMessages } from '../messages/from-model-messages.ts';
import type { ProviderOptions } from '../messages/own-metadata.ts';
import { toErrorText } from './to-error-text.ts';

type StepContent = StepResult<ToolSet>['content'];
type StepPart = StepContent[number];
type AssistantPart = Exclude<AssistantModelMessage['content'], string>[number];
type ToolPart = ToolModelMessage['content'][number];

/**
 * The messages that one step added: the model's, and the results of its tool calls. Read from the
 * step's content, because the AI SDK's own `response.messages` are of one step or of all of them,
 * depending on its version. A call that waits for a person's approval stays open.
 */
export function toStepMessages(content: StepContent): Message[] {
  const said = content.flatMap((part) => toAssistantPart(part));
  const messages: ModelMessage[] = [];
  if (said.length > 0) messages.push({ role: 'assistant', content: said });
  if (!said.some(({ type }) => type === 'tool-call')) return fromModelMessages(messages);
  const pending = pendingCalls(content);
  const results = said.flatMap((part) =>
    part.type === 'tool-call' && !pending.has(part.toolCallId)
      ? toResult(content, part.toolCallId, part.toolName)
      : [],
  );
  if (results.length > 0) messages.push({ role: 'tool', content: results });
  return fromModelMessages(messages);
}

const nothing: ReadonlySet<string> = new Set();

/** The ids of the calls that a person must approve before they run. */
export function pendingCalls(content: StepContent): ReadonlySet<string> {
  if (!content.some(({ type }) => type === 'tool-approval-request')) return nothing;
  const asked = new Map<string, string>();
  for (const part of content) {
    if (part.type === 'tool-approval-request') asked.set(part.approvalId, part.toolCall.toolCallId);
  }
  // Newer versions also decide by themselves, and say so beside the request.
  for (const part of content as readonly {
    readonly type: string;
    readonly approvalId?: string;
  }[]) {
    if (part.type === 'tool-approval-response') asked.delete(part.approvalId ?? '');
  }
  return new Set(asked.values());
}

function toAssistantPart(part: StepPart): AssistantPart | [] {
  switch (part.type) {
    case 'text':
    case 'reasoning': {
      const metadata = forContinuing(part.providerMetadata);
      if (part.text === '' && metadata.providerOptions === undefined) return [];
      return { type: part.type, text: part.text, ...metadata } as AssistantPart;
    }
    case 'file':
      return {
        type: 'file',
        data: part.file.base64,
        mediaType: part.file.mediaType,
        ...forContinuing(part.providerMetadata),
      };
    case 'tool-call':
      if (part.providerExecuted) return [];
      return {
        type: 'tool-call',
        toolCallId: part.toolCallId,
        toolName: part.toolName,
        // Providers want an object back, also where the model wrote something else.
        input: typeof part.input === 'object' && part.input !== null ? part.input : {},
        ...forContinuing(part.providerMetadata),
      };
    default:
      return [];
  }
}

function toResult(content: StepContent, toolCallId: string, toolName: string): ToolPart {
  for (const part of content) {
    if (part.type === 'tool-result' && part.toolCallId === toolCallId) {
      const value = part.output as Json;
      return {
        type: 'tool-result',
        toolCallId,
        toolName,
        output: typeof value === 'string' ? { type: 'text', value } : toJsonOutput(value),
      };
    }
    if (part.type === 'tool-error' && part.toolCallId === toolCallId) {
      return failed(toolCallId, toolName, toErrorText(part.error));
    }
  }
  // The answer was cut off: newer versions don't run its calls, and no call may stay open.
  return failed(toolCallId, toolName, 'The call was not run: the answer that made it was cut off.');
}

const failed = (toolCallId: string, toolName: string, value: string): ToolPart => ({
  type: 'tool-result',
  toolCallId,
  toolName,
  output: { type: 'error-text', value },
});

type JsonOutput = Extract<
  Extract<ToolPart, { type: 'tool-result' }>['output'],
  { readonly type: 'json' }
>;
const toJsonOutput = (value: Json): JsonOutput => ({
  type: 'json',
  value: value as JsonOutput['value'],
});

/** What the provider said about an answer that it doesn't need in order to continue from it. */
const saidOnly = ['annotations', 'citations', 'logprobs'];

/** The metadata of a part that its provider needs back: item ids, signatures, encrypted reasoning. */
function forContinuing(metadata: Readonly<Record<string, unknown>> | undefined): {
  providerOptions?: ProviderOptions;
} {
  const kept: Record<string, JsonObject> = {};
  for (const [provider, fields] of Object.entries(metadata ?? {})) {
    const needed = Object.entries(fields as JsonObject).filter(
      ([name, value]) => value !== null && value !== undefined && !saidOnly.includes(name),
    );
    if (needed.length > 0) kept[provider] = Object.fromEntries(needed);
  }
  return Object.keys(kept).length > 0 ? { providerOptions: kept as ProviderOptions } : {};
}
