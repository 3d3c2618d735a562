import { sqliteStore } from '@agent-handoff/store-sqlite';
import { inOne, recordAppends, renamed } from './recorded-appends.ts';

const handoffsPerTask = 34;

/** Fills a file with ended handoffs of three records each: so many records, or a task's more. */
export async function fillStore(path: string, records: number): Promise<void> {
  await using store = sqliteStore({ path });
  const count = 3 * handoffsPerTask;
  const example = inOne(await recordAppends(handoffsPerTask), count);
  for (let written = 0; written < records; written += count) {
    for (const { taskId, expectedSeq, records, options } of renamed([example])) {
      await store.append(taskId, expectedSeq, records, options);
    }
  }
}
