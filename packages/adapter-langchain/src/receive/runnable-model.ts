import type { HandoffContext } from '@agent-handoff/core';
import type {
  HandoffModel,
  HandoffTool,
  ModelAnswer,
  ModelRequest,
  ReceiveOptions,
} from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';
import { askedMessages } from '../messages/asked-messages.ts';
import { toUsage } from '../model/to-usage.ts';
import { placeIn, toPaused } from '../run/interrupt.ts';
import { isParentCommand, messagesOf } from '../run/parent-command.ts';
import { ambientConfig, anySignal, nestedConfig, ownCheckpoints } from '../run/run-config.ts';
import { toHandoffError } from '../run/to-handoff-error.ts';
import { toTrace } from '../run/to-trace.ts';
import { AgentRun } from './agent-run.ts';
import { readStream } from './read-stream.ts';
import type { MadeRunnable } from './runnable-for.ts';
import { toInput } from './runnable-input.ts';
import { toAnswer, toOutput } from './to-answer.ts';

type RunnableFor = (offered: readonly HandoffTool[]) => MadeRunnable;

/** A runnable that receives this context, in the place of a model. */
export function runnableModel(
  runnableFor: RunnableFor,
  context: HandoffContext,
  { resumeFrom = [] }: ReceiveOptions = {},
): HandoffModel {
  // Who goes on with the answers of others begins with them, not where its graph was.
  const checkpoints = ownCheckpoints(`${context.handoffId}${resumeFrom.length || ''}`);
  return { generate: (request) => receive(runnableFor, context, request, checkpoints) };
}

async function receive(
  runnableFor: RunnableFor,
  context: HandoffContext,
  request: ModelRequest,
  checkpoints: ReturnType<typeof ownCheckpoints>,
): Promise<ModelAnswer> {
  const { tools, onEvent } = request;
  const ambient = ambientConfig();
  const signal = anySignal(request.signal, ambient?.signal);
  signal.throwIfAborted();
  const { input, ids } = toMessages(context, request);
  const run = new AgentRun(context.handoffId, tools);
  const bound = tools.length > 0;
  const place = placeIn(ambient);
  const streamed = place !== undefined;
  let isGraph = false;
  try {
    const { runnable, kind } = runnableFor(tools);
    isGraph = kind === 'graph';
    const config = nestedConfig(ambient, {
      ...toTrace(context),
      signal: bound ? anySignal(signal, run.signal) : signal,
      configurable: {
        ...(bound ? run.configurable : {}),
        // Work that waits goes on from where the handoff is made, not from the graph that gave it out.
        ...(isGraph ? checkpoints(place?.around ?? ambient?.configurable ?? {}) : {}),
      },
      // A graph's messages say what was consumed; a parser may drop them, which costs a handler.
      ...(bound || !isGraph ? { callbacks: [run.watcher()] } : {}),
    });
    const answered = await (onEvent
      ? readStream(runnable, kind, toInput(kind, input), config, onEvent)
      : runnable.invoke(toInput(kind, input), config));
    const output = toOutput(answered, ids, run.turnEnded);
    const written = isGraph || run.written.length === 0 ? output.added : run.written;
    return toAnswer(output, written, run.turnEnded, streamed);
  } catch (thrown) {
    signal.throwIfAborted();
    if (run.atTurnEnd) {
      const output = toOutput({ messages: run.atTurnEnd }, ids, true);
      return toAnswer(output, output.added, true, streamed);
    }
    if (isParentCommand(thrown)) {
      if (place) place.left = { handoffId: context.handoffId, by: thrown };
      const output = toOutput({ messages: messagesOf(thrown) }, ids, false);
      const written = run.written.length === 0 ? output.added : run.written;
      return toAnswer(output, written, false, streamed);
    }
    // What a graph had written comes again with what it writes when it goes on.
    const paused = toPaused(thrown, ambient, toUsage(isGraph ? [] : run.written));
    if (paused) return paused;
    throw toHandoffError(thrown, `Agent "${context.targetAgentId}"`);
  }
}

/** The messages under ids of their own, by which they are told from what the run adds, also when it goes on. */
function toMessages(
  { handoffId }: HandoffContext,
  request: ModelRequest,
): { input: BaseMessage[]; ids: ReadonlySet<string> } {
  const input = askedMessages(request);
  const ids = new Set<string>();
  for (const message of input) {
    message.id = `${handoffId}-${ids.size}`;
    ids.add(message.id);
  }
  return { input, ids };
}
