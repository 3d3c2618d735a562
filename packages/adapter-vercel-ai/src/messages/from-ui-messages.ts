import type { Message, MessagePart } from '@agent-handoff/core/adapter';
import type { UIMessage } from 'ai';
import { isHandoffUpdate, toModelOutput } from '../tools/handoff-update.ts';
import { fromFileData, fromReference } from './file-data.ts';
import { fromProviderOptions, type ProviderOptions } from './own-metadata.ts';
import { deniedText, withSdkMetadata } from './sdk-metadata.ts';
import { toJson } from './to-json.ts';

/** A part of a UI message, as far as it is read: the parts of both majors, in every state. */
interface UiPart {
  readonly type: string;
  readonly text?: string;
  readonly url?: string;
  readonly mediaType?: string;
  readonly filename?: string;
  readonly providerReference?: Readonly<Record<string, string>>;
  /** Of what a user said while the answer was written. */
  readonly parts?: readonly UiPart[];
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
  readonly providerMetadata?: ProviderOptions;
  readonly callProviderMetadata?: ProviderOptions;
}

/**
 * The messages of `useChat` as ours: each step of an answer is a message of its own, with the results
 * of its calls behind it. A call that has no final result yet (it runs, waits for approval, or broke
 * off) stays open: `repairTranscript` answers it, and the manager repairs whatever it hands on. Parts
 * for display only (sources, data) and what a provider ran itself are left out.
 */
export function fromUIMessages(messages: readonly UIMessage[]): Message[] {
  return messages.flatMap(({ role, parts }): Message[] => {
    const given = parts as readonly UiPart[];
    if (role === 'assistant') return toSteps(given);
    if (role === 'user') return [{ role, parts: given.flatMap(toSaid) }];
    const content = given.map(({ text = '' }) => text).join('');
    return [{ role, parts: [{ type: 'text', content }] }];
  });
}

function toSteps(parts: readonly UiPart[]): Message[] {
  const messages: Message[] = [];
  let step: UiPart[] = [];
  const endStep = (): void => {
    messages.push(...toStep(step));
    step = [];
  };
  for (const part of parts) {
    if (part.type === 'step-start') endStep();
    else if (part.type === 'steering-message') {
      endStep();
      messages.push({ role: 'user', parts: (part.parts ?? []).flatMap(toSaid) });
    } else step.push(part);
  }
  endStep();
  return messages;
}

function toStep(parts: readonly UiPart[]): Message[] {
  const said = parts.flatMap((part) => (isCall(part) ? toCall(part) : toSaid(part)));
  const results = parts.flatMap((part) => (isCall(part) ? toResult(part) : []));
  const messages: Message[] = [
    { role: 'assistant', parts: said },
    { role: 'tool', parts: results },
  ];
  return messages.filter((message) => message.parts.length > 0);
}

/** What is no call: text, reasoning and files; parts for display only are left out. */
function toSaid(part: UiPart): MessagePart[] {
  const { type, text: content = '' } = part;
  const own = fromProviderOptions(part.providerMetadata);
  if (type === 'text' || type === 'reasoning') return [{ type, content, ...own }];
  if (type !== 'file') return [];
  const { filename, providerMetadata: providerOptions, providerReference } = part;
  const file = {
    type,
    mediaType: part.mediaType ?? 'application/octet-stream',
    ...(filename === undefined ? {} : { filename }),
    ...(providerOptions ? { providerOptions } : {}),
  } as const;
  if (providerReference !== undefined) return [fromReference(providerReference, file) ?? []].flat();
  const data = (part.url ?? '').replace(/^data:[^,]*;base64,/, '');
  return [fromFileData({ ...file, data })];
}

interface UiCall extends UiPart {
  readonly toolCallId: string;
}

/** Not one whose input is still being written, and not one that the provider runs itself. */
const isCall = (part: UiPart): part is UiCall =>
  part.toolCallId !== undefined && part.state !== 'input-streaming' && !part.providerExecuted;

function toCall({ type, toolCallId, toolName, ...part }: UiCall): MessagePart {
  return {
    type: 'tool_call',
    id: toolCallId,
    name: toolName ?? type.slice('tool-'.length),
    arguments: toJson(part.input ?? part.rawInput ?? {}),
    ...fromProviderOptions(part.callProviderMetadata),
  };
}

function toResult({ state, approval, toolCallId: id, ...part }: UiCall): MessagePart[] {
  const base = { type: 'tool_call_response' as const, id };
  if (state === 'output-denied' || (state === 'approval-responded' && !approval?.approved)) {
    const denied = { ...base, response: approval?.reason ?? deniedText, isError: true };
    return [withSdkMetadata(denied, { outputType: 'execution-denied' })];
  }
  if (state === 'output-error') return [{ ...base, response: part.errorText ?? '', isError: true }];
  if (state !== 'output-available' || part.preliminary) return [];
  if (!isHandoffUpdate(part.output)) return [{ ...base, response: toJson(part.output) }];
  const { type, value } = toModelOutput(part.output);
  return [{ ...base, response: value, ...(type === 'error-text' ? { isError: true } : {}) }];
}
