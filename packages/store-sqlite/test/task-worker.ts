import { writeSync } from 'node:fs';
import { StatementSync } from 'node:sqlite';
import type { HandoffStore } from '@agent-handoff/core/store';
import { sqliteStore } from '../src/index.ts';
import type { Acknowledgement } from './append-worker.ts';
import { boundStore } from './bound-store.ts';
import { desk, runTask } from './desk.ts';

/** What a worker is to do. */
export interface TaskOrder {
  readonly path: string;
  readonly callsFile: string;
  /** The number of the task. */
  readonly task: number;
  /** Kills itself right before the statement of this number that writes, from 1. */
  readonly dieBefore: number;
}

const order = JSON.parse(process.argv[2] ?? '') as TaskOrder;
let left = order.dieBefore;
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...input: never[]) {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(run, this, input) as ReturnType<typeof run>;
} as typeof run;

const store = sqliteStore({ path: order.path });
const telling: HandoffStore = {
  ...boundStore(store),
  async append(taskId, expectedSeq, records, options) {
    const answer = await store.append(taskId, expectedSeq, records, options);
    if (answer.status === 'appended') {
      const recordIds = records.map(({ recordId }) => recordId);
      // In one piece and at once: what stands in a pipe outlives its writer.
      writeSync(1, `${JSON.stringify({ taskId, recordIds } satisfies Acknowledgement)}\n`);
    }
    return answer;
  },
};
await runTask(desk({ store: telling, callsFile: order.callsFile }), order.task);
store.close();
