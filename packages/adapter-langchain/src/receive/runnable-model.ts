import type { HandoffContext } from '@agent-handoff/core';
import type { HandoffModel, ModelAnswer, ModelRequest } from '@agent-handoff/core/adapter';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { Runnable, RunnableConfig } from '@langchain/core/runnables';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { askedMessages } from '../messages/asked-messages.ts';
import { toLangChainTool } from '../model/to-langchain-tool.ts';
import { toUsage } from '../model/to-usage.ts';
import { toPaused } from '../run/interrupt.ts';
import { runAbortable } from '../run/run-abortable.ts';
import { ambientConfig, heeding, nestedConfig } from '../run/run-config.ts';
import { toHandoffError } from '../run/to-handoff-error.ts';
import { toTrace } from '../run/to-trace.ts';
import { readStream } from './read-stream.ts';
import { RunListener } from './run-listener.ts';
import {
  kindOf,
  type RunnableKind,
  type RunnableLike,
  toInput,
  toRunnable,
} from './runnable-input.ts';
import { addedTo, toAnswer, toOutput } from './to-answer.ts';

/** Makes the runnable for one run, with the handoff tools of that run. */
export type MakeRunnable = (run: { readonly tools: DynamicStructuredTool[] }) => RunnableLike;

const turnOver = Symbol('a tool ended the turn');

/** A runnable that receives this context, in the place of a model. */
export function runnableModel(make: MakeRunnable, context: HandoffContext): HandoffModel {
  return { generate: (request) => runRunnable(make, context, request) };
}

async function runRunnable(
  make: MakeRunnable,
  context: HandoffContext,
  request: ModelRequest,
): Promise<ModelAnswer> {
  const { tools, signal: caller, onEvent } = request;
  const ambient = ambientConfig();
  let atTurnEnd: readonly BaseMessage[] = [];
  const { input, ids } = toMessages(context, request);
  const run = async (
    signal: AbortSignal,
    abort: (reason: unknown) => void,
  ): Promise<ModelAnswer> => {
    const listener = new RunListener(context.handoffId, (messages) => {
      atTurnEnd = messages;
      abort(turnOver);
    });
    const onTurnEnd = (toolCallId: string): void => listener.endTurn(toolCallId);
    const runnable = toRunnable(
      make({ tools: tools.map((tool) => toLangChainTool(tool, { signal, onTurnEnd })) }),
    );
    const kind = kindOf(runnable);
    // A graph's messages say what was consumed; a parser may drop them, which costs a listener.
    const counts = kind !== 'graph';
    const config = nestedConfig(ambient, {
      ...toTrace(context),
      signal,
      ...(kind === 'graph' ? heeding(ambient, signal) : {}),
      ...(counts || tools.length > 0 ? { callbacks: [listener] } : {}),
    });
    try {
      const answered = await ask(runnable, kind, toInput(kind, input), config, onEvent);
      const output = toOutput(answered, ids);
      const written = counts && listener.written.length > 0 ? listener.written : output.added;
      return toAnswer(output, written, listener.turnEnded);
    } catch (thrown) {
      // What a graph had written comes again with what it writes when it goes on.
      const paused = toPaused(thrown, ambient, toUsage(counts ? listener.written : []));
      if (paused) return paused;
      throw thrown;
    }
  };
  try {
    return await runAbortable([caller, ambient?.signal], run);
  } catch (thrown) {
    if (thrown === turnOver) {
      const added = addedTo(atTurnEnd, ids);
      const output = added.findLast((each) => AIMessage.isInstance(each))?.text ?? '';
      return toAnswer({ added, output }, added, true);
    }
    if (caller.aborted || ambient?.signal?.aborted) throw thrown;
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

async function ask(
  runnable: Runnable,
  kind: RunnableKind,
  input: unknown,
  config: RunnableConfig,
  onEvent: ModelRequest['onEvent'],
): Promise<unknown> {
  if (!onEvent) return runnable.invoke(input, config);
  return readStream(runnable, kind, input, config, onEvent);
}
