import { DatabaseSync } from 'node:sqlite';
import { HandoffError } from '@agent-handoff/core';
import { applicationId, migrations } from './migrations.ts';
import { isBusy } from './to-store-error.ts';
import { prepareTransaction } from './transaction.ts';

/**
 * Opens the file, makes it where it isn't there, and brings it to the newest version. A file that is
 * no handoff store, or that newer code wrote, is left as it is.
 *
 * @throws HandoffError `UNSUPPORTED_VERSION` for a file that newer code wrote, `STORE_FAILED` for a
 * database of another application. Whatever SQLite throws passes through.
 */
export function openDatabase(path: string, busyTimeoutMs: number): DatabaseSync {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    const version = versionOf(database, path);
    keepWriteAheadLog(database, path, busyTimeoutMs);
    database.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA automatic_index = OFF;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA cache_size = -16000;
    `);
    if (version < migrations.length) migrate(database, path);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Another process may have migrated the file in the meantime: the version is read under the lock. */
function migrate(database: DatabaseSync, path: string): void {
  prepareTransaction(database)(() => {
    for (const step of migrations.slice(versionOf(database, path))) database.exec(step);
    database.exec(`
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${migrations.length};
    `);
  });
}

/** The version of a handoff store's file; 0 for an empty one. */
function versionOf(database: DatabaseSync, path: string): number {
  // One statement, one snapshot: another process may be migrating.
  const { owner, version, things } = database
    .prepare(
      `SELECT (SELECT application_id FROM pragma_application_id) AS owner,
              (SELECT user_version FROM pragma_user_version) AS version,
              (SELECT count(*) FROM sqlite_schema) AS things`,
    )
    .get() as { owner: number; version: number; things: number };
  if (owner === applicationId) {
    if (version <= migrations.length) return version;
    throw new HandoffError(
      'UNSUPPORTED_VERSION',
      `The store ${JSON.stringify(path)} has version ${version}, and this code knows up to ${migrations.length}: use a newer @agent-handoff/store-sqlite.`,
      { details: { path, version, newestKnown: migrations.length } },
    );
  }
  if (owner === 0 && version === 0 && things === 0) return 0;
  throw new HandoffError(
    'STORE_FAILED',
    `The store ${JSON.stringify(path)} could not open: the file is a database of another application; give another path.`,
    { details: { path }, retryable: false },
  );
}

/** The busy timeout does not hold for this one statement when two processes begin at once. */
function keepWriteAheadLog(database: DatabaseSync, path: string, busyTimeoutMs: number): void {
  const until = Date.now() + busyTimeoutMs;
  for (;;) {
    try {
      const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
      if (mode === 'wal') return;
      throw new HandoffError(
        'STORE_FAILED',
        `The store ${JSON.stringify(path)} could not open: no write-ahead log can be kept there; give the path of a file on a local disk.`,
        { details: { path }, retryable: false },
      );
    } catch (thrown) {
      if (!isBusy(thrown) || Date.now() >= until) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
