import type { HandoffContext } from '../context/handoff-context.ts';
import type { HandoffReason } from '../context/handoff-reason.ts';
import type { Origin } from '../context/origin.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { type HandoffStatus, statusOf } from '../record/handoff-store.ts';
import { foldTask, type HandoffState } from '../record/task-state.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import { resultOf } from './read-result.ts';
import { readStoredContext } from './stored-bodies.ts';

/** A handoff as the history tells it: its context, its outcome, its times. Plain JSON. */
export interface HandoffEntry {
  readonly taskId: string;
  readonly handoffId: string;
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  readonly reason: HandoffReason;
  readonly status: HandoffStatus;
  readonly context: HandoffContext;
  /** Where the context came from. */
  readonly origin: Origin;
  /** The findings, by key, whose origin differs from the context's. */
  readonly findingOrigins?: Readonly<Record<string, Origin>>;
  /** RFC 3339 UTC, like the other times. */
  readonly requestedAt: string;
  readonly acceptedAt?: string;
  readonly endedAt?: string;
  /** The newest attempt, from 1. */
  readonly attempt?: number;
  /** The handoff that this one replays. */
  readonly replayOf?: string;
  /** The conversation that it belongs to. */
  readonly threadId?: string;
  /** While it waits: until then it can be decided. */
  readonly expiresAt?: string;
  /** Who decided, where it waited and that was said. */
  readonly decidedBy?: string;
  /** Absent while it runs, or is only requested. */
  readonly result?: HandoffResult;
}

/** The entry of a handoff, from its records. */
export async function readEntry(
  line: Line,
  handoffLog: readonly HandoffRecord[],
): Promise<HandoffEntry> {
  const [handoff] = foldTask(handoffLog).handoffs.values();
  const { requested, accepted, newest, end } = handoff as HandoffState;
  const result =
    newest.outcomeDigest === undefined ? undefined : await resultOf(line, handoff as HandoffState);
  const decidedBy = handoffLog.findLast(({ type }) => type === 'approval-decided')?.by;
  const context = result?.status === 'completed' ? undefined : result?.returnedContext;
  return {
    taskId: requested.taskId,
    handoffId: requested.handoffId,
    sourceAgentId: requested.source,
    targetAgentId: requested.target,
    reason: requested.reason,
    status: statusOf(newest),
    context: context ?? (await readStoredContext(line, requested)).context,
    origin: requested.origin,
    ...(requested.findingOrigins === undefined ? {} : { findingOrigins: requested.findingOrigins }),
    requestedAt: requested.at,
    ...(accepted === undefined ? {} : { acceptedAt: accepted.at }),
    ...(end === undefined ? {} : { endedAt: end.at }),
    ...(accepted?.attempt === undefined ? {} : { attempt: accepted.attempt }),
    ...(requested.replayOf === undefined ? {} : { replayOf: requested.replayOf }),
    ...(requested.threadId === undefined ? {} : { threadId: requested.threadId }),
    ...(newest.expiresAt === undefined ? {} : { expiresAt: newest.expiresAt }),
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(result === undefined ? {} : { result }),
  };
}
