import type { TransferRequest } from '../agent/agent-report.ts';
import type { Json } from '../context/json.ts';
import { type Message, message } from '../context/message.ts';
import { leastTrusted } from '../context/origin.ts';
import { errorCodes } from '../errors/error-code.ts';
import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import { derivedId } from '../line/derived-id.ts';
import type { CompletedHandoff, HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { refusedResult } from '../line/outcome.ts';
import { fitTranscript } from './fit-transcript.ts';
import { decidedBy, failedAfter, type PatternResult } from './pattern-result.ts';
import { type RunInput, stepRun } from './step-run.ts';
import type { ThreadState } from './thread-state.ts';
import { beginTurn, endTurn, renewTurn, type TurnInput } from './thread-turn.ts';
import { isLeftOpen, saidBy } from './turn-log.ts';

/** A conversation's turn, as an engine runs it. */
export interface RouteRunInput extends RunInput {
  /** The handoff to the entry. */
  readonly entry: OpenInput;
  readonly threadId?: string;
  /** Who has the next turn: whoever answered, or whoever began. */
  readonly afterTurn: 'stay' | 'return';
}

/** The result of a run, and who holds the conversation now. */
export type RunResult<Data = unknown> = PatternResult<Data> & {
  /** Who has the conversation now, and the next turn of its thread. */
  readonly activeAgentId: string;
};

/**
 * Follows the conversation where the agents take it, until one of them answers, or something stops it.
 * Each gets all that was said before it.
 */
export async function routeRun(
  line: Line,
  run: DurableRun,
  input: RouteRunInput,
): Promise<RunResult> {
  const turn = toTurn(line, input);
  let thread: ThreadState | undefined;
  try {
    thread =
      turn && (await run.step('thread/begin', ({ signal }) => beginTurn(line, turn, signal)));
  } catch (thrown) {
    return refused(input, thrown);
  }
  const first = toFirst(input, thread);
  // The steps of a turn that is over are recorded.
  const resumed = input.resumed === true || (turn !== undefined && thread === undefined);
  const spec = { root: first.handoffId, workflow: 'run', input: input as unknown as Json };
  const added: Message[] = [message.user(input.entry.content.originalTask)];
  const steps: HandoffResult[] = [];
  let activeAgentId = first.target;
  let next: OpenInput | undefined = first;
  let fault: HandoffErrorJson | undefined;
  for (let i = 1; next; i++) {
    if (turn && i > 1) {
      fault = await run.step(`thread/renew/${i}`, () => faultOf(renewTurn(line, turn)));
      if (fault) break;
    }
    const step: OpenInput = { ...next, routes: 'all', run: spec };
    const result = await stepRun(line, run, step, `${i}/`, { ...input, resumed });
    steps.push(result);
    next = undefined;
    if (result.status !== 'completed') break;
    activeAgentId = result.targetAgentId;
    added.push(...saidBy(result));
    if (result.transfer) {
      const before = thread?.messages ?? handedOver(steps);
      next = await following(first, result, result.transfer, [...before, ...added], i);
    }
  }
  const last = steps.at(-1) as HandoffResult;
  const holder = input.afterTurn === 'return' ? first.target : activeAgentId;
  if (turn && !fault) {
    // A turn that was refused, or that nothing was recorded of, has not taken place.
    const [begun] = steps;
    const messages = begun?.returnedContext && begun.status !== 'rejected' ? added : [];
    const end = async (): Promise<void> => {
      // One that can't be taken up here, say for want of its agent, can be where the agent is.
      const waits = last.status === 'awaiting-approval' || (await isLeftOpen(line, last));
      await endTurn(line, turn, { activeAgentId: holder, messages, waits });
    };
    fault = await run.step('thread/end', () => faultOf(end()));
  }
  const result = fault ? failedAfter(last, fault) : last;
  return { ...decidedBy(result, steps), activeAgentId: holder };
}

/** What the thread's store failed with: the work of the turn is done and recorded all the same. */
async function faultOf(writing: Promise<void>): Promise<HandoffErrorJson | undefined> {
  try {
    await writing;
    return undefined;
  } catch (thrown) {
    const { code, message, details } = HandoffError.from(thrown, 'STORE_FAILED');
    return new HandoffError(
      code,
      `${message}. What the turn has answered so far is in the steps: resume it, and the thread gets it.`,
      { details },
    ).toJSON();
  }
}

function toTurn(
  line: Line,
  { threadId, entry, resumed = false }: RouteRunInput,
): TurnInput | undefined {
  if (threadId === undefined) return undefined;
  const limitMs = Math.min(line.limits.timeoutMs, entry.limits?.timeoutMs ?? Infinity);
  const timeoutMs = Math.min(limitMs, entry.timeoutMs ?? Infinity);
  const { handoffId, target, origin, keyed = false } = entry;
  return { threadId, handoffId, entry: target, timeoutMs, origin, isAgain: resumed || keyed };
}

/** The first handoff of the turn: to whoever is active, with all that was said before. */
function toFirst({ entry, threadId }: RouteRunInput, thread: ThreadState | undefined): OpenInput {
  const first = threadId === undefined ? entry : { ...entry, threadId };
  if (!thread || thread.messages.length === 0) return first;
  const { originalTask } = entry.content;
  const keyMessages = fitTranscript([...thread.messages, message.user(originalTask)]);
  const { reason: _, ...others } = first;
  return {
    ...others,
    target: thread.activeAgentId,
    reason: 'specialization',
    origin: leastTrusted(entry.origin, thread.origin ?? 'own'),
    content: { ...entry.content, keyMessages },
  };
}

/** What the first of them was given of the conversation. */
function handedOver([first]: readonly HandoffResult[]): readonly Message[] {
  return first?.returnedContext?.keyMessages ?? [];
}

async function following(
  { handoffId: root, taskId, threadId, origin, limits, timeoutMs }: OpenInput,
  result: CompletedHandoff,
  { target, reason, task, instructions, payload }: TransferRequest,
  messages: readonly Message[],
  step: number,
): Promise<OpenInput> {
  const asked = [task, instructions].filter((text) => text !== undefined).join('\n\n');
  return {
    handoffId: await derivedId(root, 'run', step),
    taskId,
    source: result.targetAgentId,
    target,
    reason,
    parentIds: [result.handoffId],
    content: {
      originalTask: result.returnedContext.originalTask,
      keyMessages: fitTranscript(messages),
      ...(asked === '' ? {} : { instructions: asked }),
      ...(payload === undefined ? {} : { payload }),
    },
    whole: false,
    accept: true,
    origin,
    asked: true,
    ...(threadId === undefined ? {} : { threadId }),
    ...(limits === undefined ? {} : { limits }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function refused({ entry }: RouteRunInput, thrown: unknown): RunResult {
  if (!HandoffError.isInstance(thrown) || errorCodes[thrown.code].outcome === 'thrown') {
    throw thrown;
  }
  const { taskId, handoffId, source = 'user', target } = entry;
  const result = refusedResult({ taskId, handoffId, source, target }, thrown.toJSON());
  return { ...decidedBy(result, []), activeAgentId: target };
}
