import type { ApprovalDecision, HandoffRecord, HandoffResult } from '@agent-handoff/core';
import { isEnd, statusOf } from '@agent-handoff/core/store';
import { HttpProblem } from '../wire/problem.ts';
import type { Reply } from '../wire/reply.ts';
import { parseDecision } from './decision.ts';
import { json, toEntry } from './handoff-routes.ts';
import { type PermittedHandoff, permitHandoff } from './permit.ts';
import { readJsonBody } from './read-json-body.ts';
import { readWaitMs } from './request-headers.ts';
import type { Call, Serving } from './serving.ts';
import { waitForEnd } from './wait-for-end.ts';

/**
 * `POST /handoffs/:id/resume`: decides about a handoff that waits, once; who decided is the caller. A
 * second decision is a 409 that says which one stands. Answers where the handoff stands then: 202 while
 * it goes on, with `Prefer: wait` once it has ended.
 */
export async function resumeHandoff(
  serving: Serving,
  call: Call,
  handoffId: string,
): Promise<Reply> {
  const permitted = await permitHandoff(serving, call, 'resume', handoffId);
  const { request, caller } = call;
  const waitMs = readWaitMs(request, serving.maxWaitMs);
  const { value } = await readJsonBody(request, {
    ...serving.body,
    mediaTypes: ['application/json'],
  });
  const decision = parseDecision(value);
  const decided = await decide(serving, call, permitted, decision);
  const isOwn = decided.by === caller.id && decided.decision === decision.type;
  if (!isOwn) throw await standing(serving, permitted);
  if (waitMs > 0) {
    const { store } = serving.manager;
    const { taskId } = permitted;
    const { clock } = serving;
    const { signal } = request;
    const afterSeq = decided.seq;
    await waitForEnd({ store, taskId, handoffId, afterSeq, waitMs, clock, signal });
  }
  const entry = await serving.manager.get(handoffId);
  return json(entry && toEntry(entry), entry?.endedAt === undefined ? 202 : 200);
}

/** Lets the manager go on with the decision; resolves to the first record that comes of it. */
async function decide(
  serving: Serving,
  { request, caller }: Call,
  permitted: PermittedHandoff,
  decision: ApprovalDecision,
): Promise<HandoffRecord> {
  const { taskId, handoffId, log } = permitted;
  const waiting = log.findLast((record) => record.handoffId === handoffId) as HandoffRecord;
  if (waiting.type !== 'approval-requested') throw await standing(serving, permitted);
  const { manager } = serving;
  const controller = new AbortController();
  const watch = async (): Promise<HandoffRecord | undefined> => {
    for await (const record of manager.store.watch(taskId, waiting.seq, controller)) {
      if (record.handoffId !== handoffId) continue;
      if (record.type === 'approval-decided' || isEnd(record)) return record;
    }
    return undefined;
  };
  const work: Promise<HandoffResult> = manager.resume(handoffId, decision, { by: caller.id });
  try {
    // The work may take long, and is nothing to wait for; what it throws before is an answer.
    const first = await Promise.race([watch(), work.then(() => undefined)]);
    const record = first ?? (await firstAfter(serving, permitted, waiting.seq));
    work.catch((thrown) => serving.onError(thrown, request));
    return record;
  } finally {
    controller.abort();
  }
}

async function firstAfter(
  { manager }: Serving,
  { taskId, handoffId }: PermittedHandoff,
  seq: number,
): Promise<HandoffRecord> {
  const log = await manager.store.readTask(taskId);
  const found = log.find((record) => record.handoffId === handoffId && record.seq > seq);
  if (found) return found;
  throw new Error(`The decision about "${handoffId}" was not recorded.`);
}

/** The refusal of a decision where nothing is to be decided any more, or never was. */
async function standing(
  { manager }: Serving,
  { taskId, handoffId }: PermittedHandoff,
): Promise<HttpProblem> {
  const log = (await manager.store.readTask(taskId)).filter(
    (record) => record.handoffId === handoffId,
  );
  const status = statusOf(log.at(-1) as HandoffRecord);
  const decided = log.findLast(({ type }) => type === 'approval-decided');
  const what = decided ? `was decided about before (${decided.decision})` : 'waits for no decision';
  return new HttpProblem(
    409,
    `The handoff ${what}: it is ${status}.`,
    {},
    {
      handoffId,
      status,
      ...(decided?.decision === undefined ? {} : { decision: decided.decision }),
      ...(decided?.by === undefined ? {} : { decidedBy: decided.by }),
      ...(decided === undefined ? {} : { decidedAt: decided.at }),
    },
  );
}
