import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type HandoffRecord, sealBody } from '@agent-handoff/core/store';
import { describe, expect, test } from 'vitest';
import { ended, write } from '../test/records.ts';
import { temporaryFiles } from '../test/temporary-files.ts';
import { sqliteStore } from './sqlite-store.ts';

const files = temporaryFiles();

/** Whether any byte of the text is in the file or in its write-ahead log. */
const isOnDisk = (path: string, text: string): boolean =>
  [path, `${path}-wal`].some((file) => existsSync(file) && readFileSync(file).includes(text));

describe('what is erased', () => {
  const secret = 'my name is Ada';
  const large = `${secret} ${'and so on '.repeat(2_000)}`;

  test.each([
    ['a short body', secret],
    ['a body of many pages', large],
  ])('is on no page of the file: %s', async (_, content) => {
    const path = files.next();
    await using store = sqliteStore({ path });
    const body = await sealBody({ content }, 'salt');
    const [other] = await write(store, 'other', ['requested']);
    const requested = { ...(other as HandoffRecord), handoffId: 't/h' };
    await store.append('t', 0, [requested], { bodies: [body] });
    expect(isOnDisk(path, secret)).toBe(true);
    await store.append('t', 1, [{ ...requested, type: 'erased' }], { erase: [body.digest] });
    expect(isOnDisk(path, secret)).toBe(false);
    expect(isOnDisk(path, 'and so on')).toBe(false);
    expect(await store.readTask('t')).toHaveLength(2);
  });

  test('goes with a pruned task and with a deleted thread as well', async () => {
    const path = files.next();
    await using store = sqliteStore({ path });
    const others = await write(store, 'other', ended);
    const records = others.map((record) => ({ ...record, handoffId: 't/h' }));
    const body = await sealBody({ content: large }, 'salt');
    await store.append('t', 0, records, { bodies: [body] });
    await store.threads.writeThread('t', 0, JSON.stringify('call me Grace'));
    await store.threads.writeThread('t', 1, JSON.stringify('call me Mary'));
    expect(await store.prune({ endedBefore: '2027-01-01T00:00:00Z' })).toBe(2);
    expect(await store.threads.deleteThread('t')).toBe(true);
    for (const text of [secret, 'Grace', 'Mary']) expect(isOnDisk(path, text)).toBe(false);
  });

  test('is erased also while somebody reads; then its bytes go with a later checkpoint', async () => {
    const path = files.next();
    await using store = sqliteStore({ path, busyTimeoutMs: 20 });
    await write(store, 'other', ended);
    await store.threads.writeThread('t', 0, JSON.stringify(secret));
    const reader = new DatabaseSync(path);
    reader.exec('BEGIN; SELECT count(*) FROM records');
    expect(await store.threads.deleteThread('t')).toBe(true);
    expect(await store.threads.readThread('t')).toBeUndefined();
    expect(isOnDisk(path, secret)).toBe(true);
    reader.exec('COMMIT');
    reader.close();
    await store.threads.writeThread('u', 0, '1');
    await store.threads.deleteThread('u');
    expect(isOnDisk(path, secret)).toBe(false);
  });
});

describe('retention', () => {
  const hour = 3_600_000;
  const at = (hours: number) => new Date(Date.UTC(2026, 0, 1) + hours * hour).toISOString();

  test('lets each new task take two with it that ended longer ago', async () => {
    await using store = sqliteStore({ path: files.next(), retentionMs: 10 * hour });
    const left = async () => (await store.query({})).handoffs.map(([first]) => first?.taskId);
    for (const id of ['a', 'b', 'c']) await write(store, id, ended, { at: at(0) });
    await write(store, 'open', ['requested'], { at: at(0) });
    await write(store, 'd', ended, { at: at(10) });
    // Not longer ago than ten hours.
    expect(await left()).toEqual(['a', 'b', 'c', 'open', 'd']);
    await write(store, 'd', ended, { at: at(30), handoffId: 'd/2' });
    expect(await left()).toEqual(['a', 'b', 'c', 'open', 'd', 'd']);
    await write(store, 'e', ended, { at: at(11) });
    expect(await left()).toEqual(['c', 'open', 'd', 'd', 'e']);
    await write(store, 'f', ended, { at: at(11) });
    expect(await left()).toEqual(['open', 'd', 'd', 'e', 'f']);
  });

  test('keeps everything where it is not asked for', async () => {
    await using store = sqliteStore({ path: files.next() });
    await write(store, 'a', ended, { at: at(0) });
    await write(store, 'b', ended, { at: at(1_000_000) });
    expect((await store.query({})).handoffs).toHaveLength(2);
  });
});

describe('a backup', () => {
  test('made while the store is in use is a whole store', async () => {
    const path = files.next();
    await using store = sqliteStore({ path });
    const records = await write(store, 't', ended);
    const copy = files.next();
    const other = new DatabaseSync(path);
    other.prepare('VACUUM INTO ?').run(copy);
    other.close();
    await write(store, 'later', ended);
    await using restored = sqliteStore({ path: copy });
    expect(await restored.readTask('t')).toEqual(records);
    expect(await restored.readTask('later')).toEqual([]);
    await write(restored, 'later', ended);
  });
});

describe('a closed store', () => {
  test('rejects every call with one clear error, and can be closed again', async () => {
    const path = files.next();
    const store = sqliteStore({ path });
    const records = await write(store, 't', ended);
    store.close();
    store.close();
    await store[Symbol.asyncDispose]();
    const calls = [
      () => store.append('t', 3, records),
      () => store.readTask('t'),
      () => store.findTask('h'),
      () => store.readBodies('t', ['d']),
      () => store.query({}),
      () => store.prune({ endedBefore: '2027-01-01T00:00:00Z' }),
      () => store.threads.readThread('t'),
      () => store.threads.writeThread('t', 0, '1'),
      () => store.threads.deleteThread('t'),
      () =>
        store
          .watch('t', 0, { signal: new AbortController().signal })
          [Symbol.asyncIterator]()
          .next(),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringMatching(/could not .*: it is closed\.$/),
      });
    }
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  test('ends a watch that waits with an error', async () => {
    const store = sqliteStore({ path: files.next() });
    const records = store.watch('t', 0, { signal: new AbortController().signal });
    const next = records[Symbol.asyncIterator]().next();
    store.close();
    await expect(next).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('could not watch a task: it was closed'),
    });
  });
});

describe('the process', () => {
  const entry = JSON.stringify(join(import.meta.dirname, 'index.ts'));
  const program = (body: string): readonly string[] => [
    '--input-type=module',
    '--eval',
    `import { sqliteStore } from ${entry};
    const store = sqliteStore({ path: ${JSON.stringify(files.next())}, watchIntervalMs: 1 });
    const controller = new AbortController();
    const watch = async () => {
      for await (const record of store.watch('t', 0, controller)) console.log(record.seq);
      console.log('ended');
    };
    ${body}`,
  ];
  const output = async (body: string): Promise<string> =>
    (await promisify(execFile)(process.execPath, program(body), { timeout: 10_000 })).stdout;

  test('is not kept running by a store that nobody watches', async () => {
    expect(await output(`console.log('begun')`)).toBe('begun\n');
  });

  test('is kept running by a watch that waits, until its signal aborts', async () => {
    const unheld = 'setTimeout(() => controller.abort(), 50).unref();';
    expect(await output(`${unheld} await watch();`)).toBe('ended\n');
  });
});
