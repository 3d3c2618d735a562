import {
  addUsage,
  type HandoffManager,
  type HandoffRecord,
  type HandoffResult,
  noUsage,
} from '@agent-handoff/core';
import { type HandoffStatus, isEnd } from '@agent-handoff/core/store';
import type { RunEntry } from '../wire/run-entry.ts';
import { callersThreadId } from './thread-id.ts';

/** The steps of a run, from its task's log: work that they gave out is not among them. */
export interface RunLog {
  readonly taskId: string;
  readonly runId: string;
  readonly runDigest: string;
  /** The request of each step, oldest first. */
  readonly steps: readonly HandoffRecord[];
}

/** The run that begins with this handoff; undefined where none does. */
export function findRun(log: readonly HandoffRecord[], runId: string): RunLog | undefined {
  const runDigest = log.find(({ handoffId }) => handoffId === runId)?.runDigest;
  if (runDigest === undefined) return undefined;
  const steps = log.filter((record) => record.runDigest === runDigest);
  const [first] = steps;
  if (first?.handoffId !== runId) return undefined;
  return { taskId: first.taskId, runId, runDigest, steps };
}

/** Whether a run goes on after this result of one of its steps. */
function goesOn({ status, transfer }: HandoffResult): boolean {
  return status === 'completed' && transfer !== undefined;
}

/** Where a run stands; undefined where the store has dropped it meanwhile. */
export async function readRunEntry(
  manager: HandoffManager,
  run: RunLog,
): Promise<RunEntry | undefined> {
  const { taskId, runId, steps } = run;
  const entries = [];
  for (const { handoffId } of steps) entries.push(await manager.get(handoffId));
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  const { threadId } = last;
  const result = last.result === undefined || goesOn(last.result) ? undefined : last.result;
  const status: HandoffStatus =
    result === undefined && last.endedAt !== undefined ? 'running' : last.status;
  const usage = entries.reduce((sum, entry) => addUsage(sum, entry?.result?.usage), noUsage);
  const holder = entries.findLast((entry) => entry?.status === 'completed') ?? entries[0];
  const returns = (await afterTurn(manager, run)) === 'return';
  return {
    taskId,
    runId,
    ...(threadId === undefined ? {} : { threadId: callersThreadId(threadId) }),
    status,
    activeAgentId: ((returns ? entries[0] : holder) ?? last).targetAgentId,
    handoffIds: steps.map(({ handoffId }) => handoffId),
    ...(result === undefined ? {} : { result: { ...result, usage } }),
  };
}

/** Who has the next turn, as the run was asked for; `stay` where that was erased. */
async function afterTurn(
  { store }: HandoffManager,
  { taskId, runDigest }: RunLog,
): Promise<'stay' | 'return'> {
  const [body] = await store.readBodies(taskId, [runDigest]);
  const spec =
    body && (JSON.parse(body.json) as { readonly input?: { readonly afterTurn?: string } });
  return spec?.input?.afterTurn === 'return' ? 'return' : 'stay';
}

/** Whether a run has come to its end, or to where it waits for somebody. */
export function isOver(
  manager: HandoffManager,
  run: RunLog,
  { untilWaiting }: { readonly untilWaiting: boolean },
): (record: HandoffRecord) => Promise<boolean> {
  const steps = new Set(run.steps.map(({ handoffId }) => handoffId));
  return async (record) => {
    if (record.runDigest === run.runDigest) steps.add(record.handoffId);
    if (!steps.has(record.handoffId)) return false;
    if (record.type === 'approval-requested') return untilWaiting;
    if (!isEnd(record)) return false;
    const result = (await manager.get(record.handoffId))?.result;
    return result === undefined || !goesOn(result);
  };
}
