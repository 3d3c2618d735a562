import { HandoffError } from '@agent-handoff/core';
import { checkOptions, type HandoffStore, type ThreadStore } from '@agent-handoff/core/store';
import { createStore } from './create-store.ts';
import { openDatabase } from './open-database.ts';
import { toStoreError } from './to-store-error.ts';

/** Where a store keeps its file, and how. */
export interface SqliteStoreOptions {
  /** The file; made where it isn't there, in a folder that is. Beside it come `-wal` and `-shm`. */
  readonly path: string;
  /** How long a call waits for the write lock of another process, in milliseconds. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** How often a watch looks for what other processes appended, in milliseconds. Default 50. */
  readonly watchIntervalMs?: number;
  /**
   * How long a task is kept after its last record, in milliseconds. Each new task then takes two at
   * most with it that ended longer ago, by the times of the records. By default all are kept.
   */
  readonly retentionMs?: number;
}

const optionNames = {
  path: true,
  busyTimeoutMs: true,
  watchIntervalMs: true,
  retentionMs: true,
} satisfies Record<keyof SqliteStoreOptions, true>;

/** A store in one SQLite file. */
export interface SqliteStore extends HandoffStore, AsyncDisposable {
  readonly threads: ThreadStore;
  /** Closes the file. Calls from then on reject, as do watches that wait. */
  close(): void;
}

/**
 * Opens a store in one SQLite file, which several processes of one machine may have open.
 *
 * @throws HandoffError `STORE_FAILED` where the file can't be opened, `UNSUPPORTED_VERSION` where newer
 * code wrote it, `INVALID_CONFIGURATION` for options that are none.
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  checkOptions('sqliteStore', options, optionNames);
  const { path, busyTimeoutMs = 5_000 } = options;
  if (typeof path !== 'string' || path === '' || path === ':memory:') {
    const inMemory =
      path === ':memory:' ? ', or take memoryStore() of @agent-handoff/core for memory' : '';
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `path is ${JSON.stringify(path)}: give the path of a file${inMemory}.`,
    );
  }
  checkMs('busyTimeoutMs', busyTimeoutMs, 0);
  checkMs('watchIntervalMs', options.watchIntervalMs, 1);
  checkMs('retentionMs', options.retentionMs, 0);
  try {
    return createStore(openDatabase(path, busyTimeoutMs), options);
  } catch (thrown) {
    throw toStoreError(thrown, path, 'open');
  }
}

function checkMs(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `${name} is ${value}: give milliseconds, a whole number of at least ${least}.`,
  );
}
