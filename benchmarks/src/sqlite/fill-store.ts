import { openDatabase } from '../../../packages/store-sqlite/src/open-database.ts';
import { createStore } from '../../../packages/store-sqlite/src/sqlite-store.ts';
import { inOne, recordAppends, renamed } from './recorded-appends.ts';

/** Records of a task with one handoff. */
const taskRecords = 3;

/** Fills a file with tasks of one handoff, up to so many records, without waiting for the disk. */
export async function fillStore(path: string, records: number): Promise<void> {
  const database = openDatabase(path, 1_000);
  database.exec('PRAGMA synchronous = OFF');
  await using store = createStore(database, { path });
  const example = [inOne(await recordAppends(1), taskRecords)];
  for (let written = 0; written < records; written += taskRecords) {
    for (const { taskId, expectedSeq, records, options } of renamed(example)) {
      await store.append(taskId, expectedSeq, records, options);
    }
  }
}
