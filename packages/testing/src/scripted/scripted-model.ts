import {
  addUsage,
  checkOptions,
  HandoffError,
  type HandoffModel,
  type Json,
  type Message,
  type MessagePart,
  type ModelAnswer,
  type ModelRequest,
  message,
  noUsage,
  type Usage,
} from '@agent-handoff/core/adapter';
import { checkTranscript } from '../transcript/check-transcript.ts';
import { hang, never, untilAbort, untilAborted } from './hanging.ts';
import type { FixedModelStep, ModelStep, ToolCallTurn } from './model-step.ts';
import { type ReadyToolCall, readyToolCall, toolCallArguments } from './ready-tool-call.ts';
import { type RecordedRequest, recordRequest, requestText } from './recorded-request.ts';
import { runToolCalls } from './run-tool-calls.ts';
import { Script } from './script.ts';
import { scriptedDeltas, scriptedUsage } from './scripted-usage.ts';

/** What {@link scriptedModel} takes beside its script. */
export interface ScriptedModelOptions {
  /**
   * Whether transcripts that a strict provider would answer with HTTP 400 are refused (see
   * `checkTranscript`); default true.
   */
  readonly strict?: boolean;
  /** What each call of the model costs; default a token for every four characters shown and said. */
  readonly usage?: Usage;
}

const optionNames = {
  strict: true,
  usage: true,
} satisfies Record<keyof ScriptedModelOptions, true>;

/** A model with a script that remembers what it was asked. */
export interface ScriptedModel extends HandoffModel {
  /** What `generate` received, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** What the model itself was shown: one for every step, tool results included. */
  readonly calls: readonly RecordedRequest[];
  /** Steps that were not used yet; `Infinity` where the script has no end. */
  readonly left: number;
}

/**
 * A model that answers from a script and really runs its tool loop: a step with tool calls executes
 * the tools that the request offers, and the next step of the script follows with their results; after
 * a result with `endsTurn` no step is used. A list of steps is used up in the order of the calls, and
 * the call after the last rejects; one step that is not in a list answers every call. Texts are
 * streamed word by word where the caller listens.
 *
 * @example
 * const model = scriptedModel([
 *   { toolCalls: [{ name: 'look_up', input: { id: 7 } }] },
 *   'It is on shelf 3.',
 * ]);
 */
export function scriptedModel(
  steps: ModelStep | readonly ModelStep[],
  options: ScriptedModelOptions = {},
): ScriptedModel {
  checkOptions('scriptedModel', options, optionNames);
  const { strict = true, usage } = options;
  const script = new Script('the scripted model', steps);
  const requests: RecordedRequest[] = [];
  const calls: RecordedRequest[] = [];
  let callIds = 0;

  const toCalls = (
    { toolCalls }: ToolCallTurn,
    shown: readonly Message[],
  ): readonly ReadyToolCall[] => {
    const taken = new Set(shown.flatMap(({ parts }) => parts.flatMap(callId)));
    const nextId = (): string => {
      const id = `call-${++callIds}`;
      return taken.has(id) ? nextId() : id;
    };
    return toolCalls.map((call) => readyToolCall(call, nextId));
  };

  async function ask(request: ModelRequest, messages: readonly Message[]): Promise<Asked> {
    request.signal.throwIfAborted();
    const call = recordRequest(request, messages);
    calls.push(call);
    if (strict) refuseBroken(call.messages);
    const step = script.next();
    const fixed = await untilAbort(resolveStep(step, call), request.signal);
    return { fixed, usage: usage ?? scriptedUsage(requestText(call), saidBy(fixed)) };
  }

  async function generate(request: ModelRequest): Promise<ModelAnswer> {
    requests.push(recordRequest(request));
    const added: Message[] = [];
    let spent = noUsage;
    for (;;) {
      const asked = await ask(request, [...request.messages, ...added]);
      const { fixed } = asked;
      if (typeof fixed === 'object' && 'status' in fixed) {
        tell(request, fixed.output);
        const messages = [...added, ...fixed.messages];
        return { ...fixed, messages, usage: addUsage(spent, fixed.usage) };
      }
      spent = addUsage(spent, asked.usage);
      if (typeof fixed === 'string') {
        tell(request, fixed);
        if (fixed !== '') added.push(message.assistant(fixed));
        return {
          status: 'completed',
          output: fixed,
          ...(request.outputSchema ? parsed(fixed) : {}),
          messages: added,
          usage: spent,
        };
      }
      const ready = toCalls(fixed, [...request.messages, ...added]);
      tell(request, fixed.text ?? '');
      added.push(toolCallMessage(fixed.text, ready));
      // Raced, because a tool that ignores the signal would hold the answer up.
      const results = await untilAbort(
        runToolCalls(ready, fixed.oneByOne === true, request),
        request.signal,
      );
      added.push(...results.messages);
      if (results.endsTurn) {
        return { status: 'completed', output: fixed.text ?? '', messages: added, usage: spent };
      }
    }
  }

  return {
    generate,
    requests,
    calls,
    get left() {
      return script.left;
    },
  };
}

const callId = (part: MessagePart): readonly string[] =>
  part.type === 'tool_call' ? [part.id] : [];

type Spoken = string | ToolCallTurn | ModelAnswer;

interface Asked {
  readonly fixed: Spoken;
  readonly usage: Usage;
}

async function resolveStep(step: ModelStep, call: RecordedRequest): Promise<Spoken> {
  const fixed: FixedModelStep = typeof step === 'function' ? await step(call) : step;
  if (fixed === never) return hang(undefined);
  if (fixed === untilAborted) return hang(call.signal);
  if (fixed instanceof Error) throw fixed;
  return fixed;
}

function saidBy(spoken: Spoken): string {
  if (typeof spoken === 'string') return spoken;
  if ('status' in spoken) return spoken.output;
  return (spoken.text ?? '') + JSON.stringify(spoken.toolCalls);
}

function tell({ onEvent }: ModelRequest, text: string): void {
  if (onEvent) for (const delta of scriptedDeltas(text)) onEvent({ type: 'output-delta', delta });
}

function toolCallMessage(text: string | undefined, calls: readonly ReadyToolCall[]): Message {
  return message.assistant([
    ...(text === undefined || text === '' ? [] : [{ type: 'text', content: text } as const]),
    ...calls.map((call) => {
      const { id, name } = call;
      return { type: 'tool_call', id, name, arguments: toolCallArguments(call) } as const;
    }),
  ]);
}

function parsed(text: string): { data?: Json } {
  try {
    return { data: JSON.parse(text) as Json };
  } catch {
    return {};
  }
}

function refuseBroken(messages: readonly Message[]): void {
  const problems = checkTranscript(messages);
  if (problems.length === 0) return;
  throw new HandoffError(
    'AGENT_FAILED',
    `A strict provider would refuse this transcript: ${problems.map(({ message: text }) => text).join(' ')}`,
    { retryable: false, details: { problems } },
  );
}
