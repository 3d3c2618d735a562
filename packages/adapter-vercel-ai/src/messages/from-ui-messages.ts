import type { Message } from '@agent-handoff/core/adapter';
import type { ModelMessage, ToolResultPart, UIMessage } from 'ai';
import { isHandoffUpdate, toModelOutput } from '../tools/handoff-update.ts';
import { fromModelMessages } from './from-model-messages.ts';

type Content<Role> = Exclude<Extract<ModelMessage, { role: Role }>['content'], string>;
type AssistantPart = Content<'assistant'>[number];
type UserPart = Content<'user'>[number];
type Metadata = Extract<AssistantPart, { type: 'text' }>['providerOptions'];

/** A part of a UI message, as far as it is read: the parts of both majors, in every state. */
interface UiPart {
  readonly type: string;
  readonly text?: string;
  readonly url?: string;
  readonly mediaType?: string;
  readonly toolName?: string;
  readonly toolCallId?: string;
  readonly providerExecuted?: boolean;
  readonly state?: string;
  readonly preliminary?: boolean;
  readonly input?: unknown;
  readonly rawInput?: unknown;
  readonly output?: unknown;
  readonly errorText?: string;
  readonly approval?: { readonly approved?: boolean; readonly reason?: string };
  readonly providerMetadata?: NonNullable<Metadata>;
  readonly callProviderMetadata?: NonNullable<Metadata>;
}

/**
 * The messages of `useChat` as ours: each step of an answer is a message of its own, with the results
 * of its calls behind it. A call that has no final result yet (it runs, waits for approval, or broke
 * off) stays open: `repairTranscript` answers it, and the manager repairs whatever it hands on. Parts
 * for display only (sources, data) and what a provider ran itself are left out.
 */
export function fromUIMessages(messages: readonly UIMessage[]): Message[] {
  return fromModelMessages(
    messages.flatMap(({ role, parts }) => {
      const given = parts as readonly UiPart[];
      if (role === 'user') return [{ role, content: given.flatMap(toUserPart) }];
      if (role === 'system')
        return [{ role, content: given.map(({ text = '' }) => text).join('') }];
      return toSteps(given).flatMap(toStep);
    }),
  );
}

function toSteps(parts: readonly UiPart[]): readonly (readonly UiPart[])[] {
  const steps: UiPart[][] = [[]];
  for (const part of parts) {
    if (part.type === 'step-start') steps.push([]);
    else steps.at(-1)?.push(part);
  }
  return steps;
}

function toStep(parts: readonly UiPart[]): ModelMessage[] {
  const content = parts.flatMap(toAssistantPart);
  const results = parts.flatMap(toResult);
  return [
    ...(content.length === 0 ? [] : [{ role: 'assistant' as const, content }]),
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results }]),
  ];
}

function toUserPart(part: UiPart): UserPart[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text ?? '', ...options(part) }];
  return part.type === 'file' ? [toFile(part)] : [];
}

function toAssistantPart(part: UiPart): AssistantPart[] {
  if (part.type === 'text' || part.type === 'reasoning') {
    return [{ type: part.type, text: part.text ?? '', ...options(part) } as AssistantPart];
  }
  if (part.type === 'file') return [toFile(part)];
  if (!isCall(part)) return [];
  return [
    {
      type: 'tool-call',
      toolCallId: part.toolCallId,
      toolName: toolNameOf(part),
      input: part.input ?? part.rawInput,
      ...options({ providerMetadata: part.callProviderMetadata }),
    },
  ];
}

function toResult(part: UiPart): ToolResultPart[] {
  const output = isCall(part) ? toOutput(part) : undefined;
  if (!isCall(part) || output === undefined) return [];
  return [{ type: 'tool-result', toolCallId: part.toolCallId, toolName: toolNameOf(part), output }];
}

function toOutput({ state, approval, ...part }: UiPart): ToolResultPart['output'] | undefined {
  const { reason } = approval ?? {};
  if (state === 'output-denied' || (state === 'approval-responded' && !approval?.approved)) {
    return { type: 'execution-denied', ...(reason === undefined ? {} : { reason }) };
  }
  if (state === 'output-error') return { type: 'error-text', value: part.errorText ?? '' };
  if (state !== 'output-available' || part.preliminary === true) return undefined;
  const value = part.output ?? null;
  if (isHandoffUpdate(value)) return toModelOutput(value);
  if (typeof value === 'string') return { type: 'text', value };
  return {
    type: 'json',
    value: value as Extract<ToolResultPart['output'], { type: 'json' }>['value'],
  };
}

/** Not one whose input is still being written, and not one that the provider runs itself. */
const isCall = (part: UiPart): part is UiPart & { readonly toolCallId: string } =>
  part.toolCallId !== undefined && part.state !== 'input-streaming' && !part.providerExecuted;

const toolNameOf = ({ type, toolName }: UiPart): string => toolName ?? type.slice('tool-'.length);

const base64Url = /^data:[^,]*;base64,/;

const toFile = (part: UiPart) => ({
  type: 'file' as const,
  data: (part.url ?? '').replace(base64Url, ''),
  mediaType: part.mediaType ?? 'application/octet-stream',
  ...options(part),
});

const options = ({ providerMetadata }: { readonly providerMetadata?: Metadata }) =>
  providerMetadata === undefined ? {} : { providerOptions: providerMetadata };
