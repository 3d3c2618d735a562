import { DatabaseSync } from 'node:sqlite';
import type { Contender } from '../contender.ts';
import type { Append } from './recorded-appends.ts';

/** An append as somebody would insert it who needs no store: ready-made texts, each under its key. */
interface BareAppend {
  readonly taskId: string;
  readonly expectedSeq: number;
  readonly records: readonly string[];
  readonly bodies: readonly {
    readonly digest: string;
    readonly salt: string;
    readonly json: string;
  }[];
}

/** Inserts the same records and bodies, one transaction for each append, as durably as the store. */
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
  const ready: readonly BareAppend[] = appends.map(({ taskId, expectedSeq, records, options }) => ({
    taskId,
    expectedSeq,
    records: records.map((record) => JSON.stringify(record)),
    bodies: options.bodies ?? [],
  }));
  let turn = 0;
  return {
    name: 'bare inserts',
    batch,
    async run() {
      const { taskId, expectedSeq, records, bodies } = ready[turn++] as BareAppend;
      begin.run();
      for (const [i, json] of records.entries()) addRecord.run(taskId, expectedSeq + i + 1, json);
      for (const { digest, salt, json } of bodies) addBody.run(taskId, digest, salt, json);
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
