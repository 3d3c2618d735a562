import type { Message } from '../context/message.ts';
import { leastTrusted, type Origin } from '../context/origin.ts';
import { plainCopy } from '../context/plain-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { readStore } from '../line/append-records.ts';
import { leaseMarginMs } from '../line/claim.ts';
import { endHandoff } from '../line/end-handoff.ts';
import { endOverdue, type Timeliness } from '../line/end-overdue.ts';
import type { Line } from '../line/line.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, hasOpenHandoff, type TaskState } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import type { ThreadState, ThreadTurn } from './thread-state.ts';
import { yieldOf } from './turn-log.ts';

/** Between two looks at a thread that another process holds, in milliseconds. */
const pollMs = 50;

/** Whose turn it is. */
export interface TurnInput {
  readonly threadId: string;
  /** The first handoff of the turn. */
  readonly handoffId: string;
  /** Who gets the first turn of a new thread. */
  readonly entry: string;
  /** Its longest attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** Of what the user says in it. */
  readonly origin: Origin;
  /** Whether it may have been begun before: then it may be over too. */
  readonly isAgain: boolean;
}

/** What a thread looks like now; undefined for one that doesn't exist. */
export async function readThread(
  line: Line,
  threadId: string,
): Promise<{ readonly state: ThreadState; readonly version: number } | undefined> {
  const stored = await readStore(
    () => line.threads.readThread(threadId),
    `read thread "${threadId}"`,
  );
  return stored && { state: JSON.parse(stored.json) as ThreadState, version: stored.version };
}

/**
 * Takes the thread for a turn, after whoever holds it. A turn whose process died is ended first, and the
 * thread gets what it had said.
 * Undefined for a turn that was begun before and is over: then the thread is no business of it.
 *
 * @throws HandoffError `THREAD_BUSY` where the turn before waits for a decision, `CANCELLED`.
 */
export async function beginTurn(
  line: Line,
  input: TurnInput,
  signal: AbortSignal,
): Promise<ThreadState | undefined> {
  const { threadId, handoffId, entry, isAgain } = input;
  for (;;) {
    if (signal.aborted) throw HandoffError.from(signal.reason, 'CANCELLED');
    const found = await readThread(line, threadId);
    const now = line.clock.now();
    const turn = found?.state.turn;
    // Looked at between reading the thread and writing it: whoever ends the turn then is found out.
    if (isAgain && turn?.handoffId !== handoffId && (await isRecorded(line, handoffId))) {
      return undefined;
    }
    const isOthers = turn !== undefined && turn.handoffId !== handoffId;
    if (isOthers && !(await isOver(line, threadId, turn, now))) {
      await pause(line, signal);
      continue;
    }
    const before = found?.state ?? { activeAgentId: entry, messages: [] };
    const state: ThreadState = {
      ...(isOthers ? await withTurn(line, before, turn) : before),
      turn: turnOf(input, now),
      updatedAt: toTimestamp(now),
    };
    if (await write(line, threadId, found?.version ?? 0, state)) return state;
  }
}

async function isRecorded(line: Line, handoffId: string): Promise<boolean> {
  const taskId = await readStore(() => line.store.findTask(handoffId), `find "${handoffId}"`);
  return taskId !== undefined;
}

/** The thread with what a turn that nobody will end any more has said, by its log. */
async function withTurn(
  line: Line,
  before: Omit<ThreadState, 'updatedAt'>,
  { handoffId }: ThreadTurn,
): Promise<Omit<ThreadState, 'updatedAt'>> {
  const said = await yieldOf(line, await logOfTurn(line, handoffId), handoffId);
  if (!said) return before;
  return {
    activeAgentId: said.activeAgentId,
    messages: [...before.messages, ...said.messages],
    origin: leastTrusted(said.origin, before.origin ?? 'own'),
  };
}

function logOfTurn(line: Line, handoffId: string): Promise<readonly HandoffRecord[]> {
  return readStore(async () => {
    const taskId = await line.store.findTask(handoffId);
    return taskId === undefined ? [] : line.store.readTask(taskId);
  }, `read the turn "${handoffId}"`);
}

/** Holds the thread for one more step of its turn. */
export async function renewTurn(line: Line, input: TurnInput): Promise<void> {
  const { threadId, handoffId } = input;
  const found = await readThread(line, threadId);
  if (found?.state.turn?.handoffId !== handoffId) return;
  const now = line.clock.now();
  const state = { ...found.state, turn: turnOf(input, now), updatedAt: toTimestamp(now) };
  await write(line, threadId, found.version, state);
}

/** How a turn ended. */
export interface TurnEnd {
  readonly activeAgentId: string;
  /** What it added. */
  readonly messages: readonly Message[];
  /** True where it will go on after a decision. */
  readonly waits: boolean;
}

/** Gives the thread back with what the turn added; one that was taken over adds nothing. */
export async function endTurn(
  line: Line,
  { threadId, handoffId, origin }: TurnInput,
  { activeAgentId, messages, waits }: TurnEnd,
): Promise<void> {
  for (;;) {
    const found = await readThread(line, threadId);
    if (found?.state.turn?.handoffId !== handoffId) return;
    const { turn, ...state } = found.state;
    const now = toTimestamp(line.clock.now());
    const next: ThreadState = waits
      ? { ...state, turn: { ...turn, waits: true }, updatedAt: now }
      : {
          activeAgentId,
          messages: [...state.messages, ...redacted(line, messages)],
          origin: leastTrusted(origin, state.origin ?? 'own'),
          updatedAt: now,
        };
    if (await write(line, threadId, found.version, next)) return;
  }
}

function redacted(line: Line, messages: readonly Message[]): readonly Message[] {
  // One by one: together they may be larger than any content.
  return messages.map(
    (one) => plainCopy(one, { redact: line.redact, path: 'message' }) as unknown as Message,
  );
}

/** Whether a turn doesn't hold its thread any more. */
async function isOver(
  line: Line,
  threadId: string,
  { handoffId, until, waits: isTold = false }: ThreadTurn,
  now: number,
): Promise<boolean> {
  if (!isTold && now <= Date.parse(until)) return false;
  const log = await logOfTurn(line, handoffId);
  const task = foldTask(log);
  // Whoever ran the turn may have died before the thread was told that it waits.
  const waits = isTold || isWaiting(task);
  if (!waits && isRunning(task, now)) return false;
  const timeliness = waits ? await timelinessOf(line, task) : 'ended';
  if (timeliness === 'moved-on') return false;
  if (timeliness === 'ended') {
    await endAbandoned(line, log, threadId);
    return true;
  }
  if (!hasOpenHandoff(task)) return true;
  throw new HandoffError(
    'THREAD_BUSY',
    `Thread "${threadId}" waits for a decision: resume what "${handoffId}" began, or cancel it, before the next turn.`,
    { details: { threadId, handoffId } },
  );
}

/** Whether somebody may still run a handoff of the turn: one may begin late, after it waited. */
function isRunning({ handoffs }: TaskState, now: number): boolean {
  return [...handoffs.values()].some(
    ({ newest }) => newest.leaseUntil !== undefined && now <= Date.parse(newest.leaseUntil),
  );
}

/** Whether all that is open of the turn waits for a decision. */
function isWaiting({ handoffs }: TaskState): boolean {
  const open = [...handoffs.values()].filter(({ end }) => !end);
  return open.length > 0 && open.every(({ newest }) => newest.type === 'approval-requested');
}

/** Ends the first of the turn's handoffs whose time to be decided is over, given out before its giver. */
async function timelinessOf(line: Line, { handoffs, records }: TaskState): Promise<Timeliness> {
  for (const { newest } of [...handoffs.values()].reverse()) {
    if (newest.type !== 'approval-requested') continue;
    const timeliness = await endOverdue(line, records, newest);
    if (timeliness !== 'in-time') return timeliness;
  }
  return 'in-time';
}

async function endAbandoned(
  line: Line,
  log: readonly HandoffRecord[],
  threadId: string,
): Promise<void> {
  for (const { requested, end } of foldTask(log).handoffs.values()) {
    if (end) continue;
    const error = new HandoffError(
      'INTERRUPTED',
      `Whoever ran this turn of thread "${threadId}" was gone when its time ended, and the next turn has begun.`,
      { details: { threadId } },
    );
    await endHandoff(line, log, requested.handoffId, error);
  }
}

function turnOf({ handoffId, timeoutMs }: TurnInput, now: number): ThreadTurn {
  return { handoffId, until: toTimestamp(now + timeoutMs + leaseMarginMs) };
}

async function write(
  line: Line,
  threadId: string,
  version: number,
  state: ThreadState,
): Promise<boolean> {
  const json = JSON.stringify(state);
  return readStore(
    () => line.threads.writeThread(threadId, version, json),
    `write thread "${threadId}"`,
  );
}

/** Until the next look, or until the caller gives up. */
function pause({ clock }: Line, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      disarm();
      signal.removeEventListener('abort', go);
      resolve();
    };
    const disarm = clock.schedule(pollMs, go);
    signal.addEventListener('abort', go);
  });
}
