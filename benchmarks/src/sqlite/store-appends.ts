import { sqliteStore } from '@agent-handoff/store-sqlite';
import type { Contender } from '../contender.ts';
import type { Append } from './recorded-appends.ts';

/** Makes the appends, one after the other. */
export function storeAppends(path: string, batch: number, appends: readonly Append[]): Contender {
  const store = sqliteStore({ path });
  let turn = 0;
  return {
    name: 'sqliteStore',
    batch,
    async run() {
      const { taskId, expectedSeq, records, options } = appends[turn++] as Append;
      const { status } = await store.append(taskId, expectedSeq, records, options);
      if (status !== 'appended') throw new Error(`An append was ${status}.`);
    },
    async verify() {
      let records = 0;
      let bodies = 0;
      for (const taskId of new Set(appends.slice(0, turn).map((append) => append.taskId))) {
        records += (await store.readTask(taskId)).length;
        const digests = appends
          .filter((append) => append.taskId === taskId)
          .flatMap(({ options }) => options.bodies ?? [])
          .map(({ digest }) => digest);
        bodies += (await store.readBodies(taskId, digests)).filter(Boolean).length;
      }
      store.close();
      return `${records} records and ${bodies} bodies`;
    },
  };
}
