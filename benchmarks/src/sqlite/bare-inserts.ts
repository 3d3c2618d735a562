import { DatabaseSync } from 'node:sqlite';
import type { Contender } from '../contender.ts';
import type { Append } from './recorded-appends.ts';

/**
 * Inserts the same records and bodies as somebody would who needs no store: each text under its key,
 * one transaction for each append, as durably as the store.
 */
export function bareInserts(path: string, batch: number, appends: readonly Append[]): Contender {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE records (task_id TEXT, seq INTEGER, json TEXT, PRIMARY KEY (task_id, seq)) STRICT;
    CREATE TABLE bodies (
      task_id TEXT, digest TEXT, salt TEXT, json TEXT, PRIMARY KEY (task_id, digest)
    ) STRICT;
  `);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const addRecord = database.prepare('INSERT INTO records VALUES (?, ?, ?)');
  const addBody = database.prepare('INSERT INTO bodies VALUES (?, ?, ?, ?)');
  let turn = 0;
  return {
    name: 'bare inserts',
    batch,
    async run() {
      const { taskId, expectedSeq, records, options } = appends[turn++] as Append;
      begin.run();
      let seq = expectedSeq;
      for (const record of records) addRecord.run(taskId, ++seq, JSON.stringify(record));
      for (const { digest, salt, json } of options.bodies ?? [])
        addBody.run(taskId, digest, salt, json);
      commit.run();
    },
    async verify() {
      const count = (sql: string): number =>
        Number(Object.values(database.prepare(sql).get() ?? {})[0]);
      const found = `${count('SELECT count(*) FROM records')} records and ${count('SELECT count(*) FROM bodies')} bodies`;
      database.close();
      return found;
    },
  };
}
