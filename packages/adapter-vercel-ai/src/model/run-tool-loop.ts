import type { ModelAnswer, ModelRequest } from '@agent-handoff/core/adapter';
import { generateText, type LanguageModel, type StepResult, streamText, type ToolSet } from 'ai';
import { toModelMessages } from '../messages/to-model-messages.ts';
import type { AiSdkModelOptions } from './ai-sdk-model-options.ts';
import { ModelCallTimer } from './model-call-timer.ts';
import { toAnswer, toUsage } from './to-answer.ts';
import { toHandoffError } from './to-handoff-error.ts';
import { toOutput } from './to-output.ts';
import { toToolSet } from './to-tool-set.ts';

type LoopOptions = AiSdkModelOptions & { readonly maxSteps: number };
type Step = StepResult<ToolSet>;
type Call = Parameters<typeof generateText<ToolSet>>[0];

/** One `generate` of a model: the AI SDK's own tool loop, bounded, abortable, with one kind of error. */
export async function runToolLoop(
  model: LanguageModel,
  options: LoopOptions,
  request: ModelRequest,
): Promise<ModelAnswer> {
  const { signal, onEvent } = request;
  signal.throwIfAborted();
  const modelId = typeof model === 'string' ? model : model.modelId;
  // Stops the AI SDK also where only our side gave up, so that no socket is left open.
  const abort = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
  });
  // Nobody waits for it where the request is refused before it is raced.
  aborted.catch(() => {});
  const onAbort = (): void => abort.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const turn = { ended: false };
  try {
    const call = toCall(model, modelId, options, request, turn, abort.signal);
    // Raced, because a tool that ignores the signal would hold the answer up.
    const steps = await Promise.race([onEvent ? stream(call, onEvent) : generate(call), aborted]);
    return toAnswer(steps, turn.ended, request.outputSchema !== undefined);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    abort.abort();
    throw toHandoffError(thrown, modelId);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function toCall(
  model: LanguageModel,
  modelId: string,
  { maxSteps, onModelCall, ...settings }: LoopOptions,
  { systemPrompt, messages, tools, outputSchema }: ModelRequest,
  turn: { ended: boolean },
  signal: AbortSignal,
): Call {
  const timer = new ModelCallTimer(modelId, onModelCall);
  const structured = outputSchema && toOutput(model, outputSchema);
  const system = [systemPrompt, structured?.instruction].filter(Boolean).join('\n\n');
  return {
    ...(settings as Pick<Call, 'maxRetries' | 'providerOptions'>),
    model,
    ...(system === '' ? {} : { system }),
    messages: toModelMessages(messages),
    ...(tools.length === 0
      ? {}
      : {
          tools: toToolSet(tools, {
            signal,
            onStart: () => timer.end(),
            onTurnEnd: () => {
              turn.ended = true;
            },
          }),
        }),
    ...(structured ? { output: structured.output as NonNullable<Call['output']> } : {}),
    abortSignal: signal,
    stopWhen: ({ steps }) => turn.ended || steps.length >= maxSteps,
    prepareStep: () => {
      timer.start();
      return undefined;
    },
    onStepFinish: ({ usage }) => {
      const { inputTokens, outputTokens } = toUsage(usage);
      timer.report(inputTokens, outputTokens);
    },
    // A link in a transcript is for the provider to open; this process fetches nothing but the model.
    experimental_download: async (files) => files.map(() => null),
  };
}

async function generate(call: Call): Promise<readonly Step[]> {
  const { steps } = await generateText(call);
  return steps;
}

async function stream(
  call: Call,
  onEvent: NonNullable<ModelRequest['onEvent']>,
): Promise<readonly Step[]> {
  // Errors arrive as parts; without a listener the AI SDK prints them.
  const result = streamText({ ...(call as Parameters<typeof streamText>[0]), onError: () => {} });
  for await (const part of result.fullStream) {
    if (part.type === 'error') throw part.error;
    // Pieces that had arrived before the abort: nobody listens any more.
    if (call.abortSignal?.aborted) throw call.abortSignal.reason;
    if (part.type === 'text-delta' && part.text !== '') {
      onEvent({ type: 'output-delta', delta: part.text });
    } else if (part.type === 'tool-call') {
      const { toolCallId, toolName } = part;
      onEvent({ type: 'tool-called', toolCallId, toolName });
    }
  }
  return (await result.steps) as readonly Step[];
}
