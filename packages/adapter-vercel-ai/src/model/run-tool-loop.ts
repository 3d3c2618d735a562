import type { ModelAnswer, ModelRequest } from '@agent-handoff/core/adapter';
import { generateText, type LanguageModel, type StepResult, streamText, type ToolSet } from 'ai';
import { readStream } from '../loop/read-stream.ts';
import { runAbortable } from '../loop/run-abortable.ts';
import { toAnswer, toUsage } from '../loop/to-answer.ts';
import { toHandoffError } from '../loop/to-handoff-error.ts';
import { toToolSet } from '../loop/to-tool-set.ts';
import { toModelMessages } from '../messages/to-model-messages.ts';
import type { AiSdkModelOptions } from './ai-sdk-model-options.ts';
import { ModelCallTimer } from './model-call-timer.ts';
import { toOutput } from './to-output.ts';

type LoopOptions = AiSdkModelOptions & { readonly maxSteps: number };
type Step = StepResult<ToolSet>;
type Call = Parameters<typeof generateText<ToolSet>>[0];

/** One `generate` of a model: the AI SDK's own tool loop, bounded, abortable, with one kind of error. */
export async function runToolLoop(
  model: LanguageModel,
  options: LoopOptions,
  request: ModelRequest,
): Promise<ModelAnswer> {
  const { signal, onEvent, outputSchema } = request;
  const modelId = typeof model === 'string' ? model : model.modelId;
  const turn = { ended: false };
  return runAbortable(
    signal,
    async (abort) => {
      const call = toCall(model, modelId, options, request, turn, abort.signal);
      const steps = await (onEvent ? stream(call, abort.signal, onEvent) : generate(call));
      return toAnswer(steps, turn.ended, outputSchema !== undefined);
    },
    (thrown) => toHandoffError(thrown, { modelId }),
  );
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
  signal: AbortSignal,
  onEvent: NonNullable<ModelRequest['onEvent']>,
): Promise<readonly Step[]> {
  // Errors arrive as parts; without a listener the AI SDK prints them.
  const result = streamText({ ...(call as Parameters<typeof streamText>[0]), onError: () => {} });
  await readStream(result.fullStream, signal, onEvent);
  return (await result.steps) as readonly Step[];
}
