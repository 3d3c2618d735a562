import { HandoffError } from '../errors/handoff-error.ts';
import { type HandoffRecord, isEnd } from '../record/handoff-record.ts';
import { foldTask, type HandoffState } from '../record/task-state.ts';
import { readStore } from './append-records.ts';
import type { Begun } from './claim.ts';
import { type ClaimInput, claimHandoff } from './claim-handoff.ts';
import { knownAgent } from './decide-handoff.ts';
import { endHandoff, endUnmoved } from './end-handoff.ts';
import { endOverdue } from './end-overdue.ts';
import { handoffIn } from './handoff-in.ts';
import type { Line } from './line.ts';
import { resultOf } from './read-result.ts';
import { readOutcome } from './stored-bodies.ts';

/** A handoff that is recorded already. */
export interface AwaitInput extends ClaimInput {
  readonly taskId: string;
}

/**
 * Brings a recorded handoff to its result without running it twice: one that was only requested is
 * claimed, one that somebody runs is waited for. Where the lease of whoever ran it is over, it is
 * claimed again if its agent is `repeatable`, and ends as `INTERRUPTED` if not. One that waits and may
 * go on is claimed; one that still waits is told as that.
 */
export async function awaitHandoff(
  line: Line,
  input: AwaitInput,
  signal: AbortSignal,
): Promise<Begun> {
  const { taskId, handoffId } = input;
  for (;;) {
    const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
    const handoff = handoffIn(foldTask(log), handoffId);
    const { newest } = handoff;
    if (isEnd(newest)) return { kind: 'settled', result: await resultOf(line, handoff) };
    if (newest.type === 'approval-requested') {
      const opened = await awaitDecision(line, log, handoff, input);
      if (opened) return opened;
      continue;
    }
    if (signal.aborted) {
      const error = abortError(signal);
      if (error.code !== 'INTERRUPTED') {
        return { kind: 'settled', result: await endHandoff(line, log, handoffId, error) };
      }
      // This process stops; another one runs the handoff and goes on.
      if (newest.type === 'accepted') throw error;
      await endUnmoved(line, log, newest, error);
      continue;
    }
    if (!handoff.accepted || newest.type === 'approval-decided') {
      return claimHandoff(line, log, input);
    }
    const leaseEnd = Date.parse(handoff.accepted.leaseUntil ?? handoff.accepted.at);
    if (line.clock.now() > leaseEnd) {
      const taken = await takeOver(line, log, handoff.accepted, input);
      if (taken) return taken;
      continue;
    }
    await nextRecord(line, taskId, (log.at(-1) as HandoffRecord).seq, { until: leaseEnd, signal });
  }
}

/**
 * One that waits: for a decision, whose time may be over; or for work that its agent gave out, after
 * which it goes on.
 */
async function awaitDecision(
  line: Line,
  log: readonly HandoffRecord[],
  handoff: HandoffState,
  input: AwaitInput,
): Promise<Begun | undefined> {
  const { newest } = handoff;
  const { taskId, handoffId } = newest;
  const { waitsFor = [] } = await readOutcome(line, newest);
  if (waitsFor.length > 0) {
    const { handoffs } = foldTask(log);
    const open = waitsFor.flatMap((child) => {
      const state = handoffs.get(child.handoffId);
      if (!state || state.end) return [];
      return [{ handoffId: child.handoffId, target: state.requested.target }];
    });
    if (open.length === 0) return claimHandoff(line, log, input);
    const result = await resultOf(line, handoff);
    return { kind: 'waiting', taskId, handoffId, waitsFor: open, result };
  }
  if ((await endOverdue(line, log, newest)) !== 'in-time') return undefined;
  return { kind: 'settled', result: await resultOf(line, handoff) };
}

/** One whose runner is gone; undefined where it has ended, for that or by a runner that came back at this very moment. */
async function takeOver(
  line: Line,
  log: readonly HandoffRecord[],
  accepted: HandoffRecord,
  input: AwaitInput,
): Promise<Begun | undefined> {
  const { handoffId, target, attempt } = accepted;
  const agent = line.standIns.get(handoffId) ?? knownAgent(line, target, 'target');
  if (agent.repeatable === true) return claimHandoff(line, log, input);
  const error = new HandoffError(
    'INTERRUPTED',
    `Whoever ran the handoff to "${target}" was gone when its lease ended, and the agent is not repeatable: look at what it did, then hand over again.`,
    { details: { handoffId, attempt } },
  );
  await endUnmoved(line, log, accepted, error);
  return undefined;
}

/** Waits for the log to grow, for the lease to end, or for the caller to give up. */
async function nextRecord(
  line: Line,
  taskId: string,
  afterSeq: number,
  { until, signal }: { readonly until: number; readonly signal: AbortSignal },
): Promise<void> {
  const controller = new AbortController();
  const give = (): void => controller.abort();
  const disarm = line.clock.schedule(until - line.clock.now() + 1, give);
  signal.addEventListener('abort', give);
  const grown = line.store.watch(taskId, afterSeq, { signal: controller.signal });
  try {
    await readStore(() => grown[Symbol.asyncIterator]().next(), `watch task "${taskId}"`);
  } finally {
    give();
    disarm();
    signal.removeEventListener('abort', give);
  }
}

function abortError({ reason }: AbortSignal): HandoffError {
  return HandoffError.isInstance(reason)
    ? reason
    : new HandoffError('CANCELLED', 'The handoff was cancelled by its caller.');
}
