import { writeSync } from 'node:fs';
import { StatementSync } from 'node:sqlite';
import { defaultLimits } from '@agent-handoff/core';
import { type RecordType, sealBody, sealRecords } from '@agent-handoff/core/store';
import { sqliteStore } from '../src/index.ts';

/** What a worker is to do. */
export interface WorkerOrder {
  readonly path: string;
  /** Goes into the ids of its handoffs, of which there is one each. */
  readonly name: string;
  /** Where its handoffs go, in turn. */
  readonly taskIds: readonly string[];
  /** So many handoffs, each in two appends; without end where it is absent. */
  readonly handoffs?: number;
  /** Kills itself right before the statement of this number, from 1. */
  readonly dieBefore?: number;
}

/** What a worker says of each append that the store said it appended. */
export interface Acknowledgement {
  readonly taskId: string;
  readonly recordIds: readonly string[];
}

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
const nothing = { costUsd: 0, handoffs: 0, tokens: 0 };

if (order.dieBefore !== undefined) {
  let left = order.dieBefore;
  const { run } = StatementSync.prototype;
  StatementSync.prototype.run = function (this: StatementSync, ...input: never[]) {
    if (--left === 0) process.kill(process.pid, 'SIGKILL');
    return Reflect.apply(run, this, input) as ReturnType<typeof run>;
  } as typeof run;
}

const store = sqliteStore({ path: order.path });

/** Appends, behind whatever others append, and says so. */
async function append(taskId: string, handoffId: string, types: readonly RecordType[]) {
  const slot = `${handoffId}/${types.at(-1)}`;
  const body = await sealBody({ content: 'x'.repeat(500), handoffId }, `salt of ${slot}`);
  const isEnd = types.includes('completed');
  let log = await store.readTask(taskId);
  for (;;) {
    const opened = log.find((record) => record.handoffId === handoffId);
    const drafts = types.map((type) => ({
      type,
      taskId,
      handoffId,
      at: '2026-11-24T09:00:00.000Z',
      recordId: `${handoffId}/${type}`,
      contextDigest: opened?.contextDigest ?? body.digest,
      source: 'user',
      target: 'billing',
      reason: 'specialization' as const,
      origin: 'own' as const,
      scope: ['*'],
      ledger: { limits: defaultLimits, reserved: nothing, used: nothing },
      ...(isEnd ? { outcomeDigest: body.digest } : {}),
    }));
    const records = await sealRecords(log.at(-1), drafts);
    const answer = await store.append(taskId, log.length, records, {
      key: `append of ${slot}`,
      slots: [slot],
      bodies: [body],
    });
    if (answer.status === 'appended') {
      const recordIds = records.map(({ recordId }) => recordId);
      // In one piece and at once: what stands in a pipe outlives its writer.
      writeSync(1, `${JSON.stringify({ taskId, recordIds } satisfies Acknowledgement)}\n`);
      return;
    }
    if (answer.status === 'known') throw new Error(`${slot} was there before`);
    log = answer.records;
  }
}

const { name, taskIds, handoffs = Number.POSITIVE_INFINITY } = order;
for (let i = 0; i < handoffs; i++) {
  const taskId = taskIds[i % taskIds.length] as string;
  await append(taskId, `${name}/${i}`, ['requested', 'accepted']);
  await append(taskId, `${name}/${i}`, ['completed']);
}
store.close();
