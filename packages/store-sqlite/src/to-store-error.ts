import { HandoffError } from '@agent-handoff/core';

/** The primary result codes of SQLite that a store can meet in operation, and what to do about each. */
const advice: Readonly<Record<number, readonly [advice: string, retryable: boolean]>> = {
  3: ['this process may not use the file', false],
  5: [
    'other processes were writing all the time: raise busyTimeoutMs, or write less at once',
    true,
  ],
  6: [
    'other processes were writing all the time: raise busyTimeoutMs, or write less at once',
    true,
  ],
  8: ['the file or its folder is read-only: let this process write there', false],
  10: ['the disk failed: look at its state and its free space', true],
  11: ['the file is damaged: restore a backup', false],
  13: ['the disk is full, or the file may not grow: make room', true],
  14: ['the file can not be opened: look whether its folder is there and may be written to', false],
  26: ['the file is no SQLite database: give another path', false],
};

/** What anything that SQLite threw becomes; a `HandoffError` stays as it is. */
export function toStoreError(thrown: unknown, path: string, doing: string): HandoffError {
  if (HandoffError.isInstance(thrown)) return thrown;
  const sqliteCode = codeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const [todo, retryable] = advice[(sqliteCode ?? 0) & 0xff] ?? [undefined, false];
  return new HandoffError(
    'STORE_FAILED',
    `The store ${JSON.stringify(path)} could not ${doing}: ${text}${todo ? `; ${todo}` : ''}.`,
    {
      details: { path, ...(sqliteCode === undefined ? {} : { sqliteCode }) },
      retryable,
      cause: thrown,
    },
  );
}

/** True where another connection held a lock for longer than the busy timeout. */
export function isBusy(thrown: unknown): boolean {
  const code = (codeOf(thrown) ?? 0) & 0xff;
  return code === 5 || code === 6;
}

/** The extended result code of SQLite, where it was SQLite that threw. */
function codeOf(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : undefined;
}
