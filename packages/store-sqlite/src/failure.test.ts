import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sealBody } from '@agent-handoff/core/store';
import { describe, expect, test } from 'vitest';
import { ended, write } from '../test/records.ts';
import { temporaryFiles } from '../test/temporary-files.ts';
import { createStore } from './create-store.ts';
import { openDatabase } from './open-database.ts';
import { sqliteStore } from './sqlite-store.ts';

const files = temporaryFiles();

describe('a full disk', () => {
  test('is one clear error, leaves nothing half-written, and is no more when there is room', async () => {
    const path = files.next();
    const database = openDatabase(path, 100);
    await using store = createStore(database, { path });
    await write(store, 'small', ended);
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);

    const body = await sealBody('x'.repeat(100_000), 'salt');
    const small = await store.readTask('small');
    const records = small.map((record) => ({ ...record, handoffId: 'big/h' }));
    const options = { key: 'k', slots: ['s'], bodies: [body] };
    await expect(store.append('big', 0, records, options)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: `The store ${JSON.stringify(path)} could not append to task "big": database or disk is full; the disk is full, or the file may not grow: make room.`,
      retryable: true,
      details: { path, sqliteCode: 13 },
    });
    expect(await store.readTask('big')).toEqual([]);
    expect(await store.readBodies('big', [body.digest])).toEqual([undefined]);
    expect((await store.query({})).handoffs).toEqual([small]);
    await expect(store.threads.writeThread('t', 0, 'x'.repeat(100_000))).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    expect(await store.threads.readThread('t')).toBeUndefined();

    database.exec('PRAGMA max_page_count = 1000000');
    expect(await store.append('big', 0, records, options)).toEqual({ status: 'appended' });
    expect(await store.readBodies('big', [body.digest])).toEqual([body]);
  });
});

describe('a damaged file', () => {
  /** A file of 50 tasks. */
  const filled = async (): Promise<string> => {
    const path = files.next();
    await using store = sqliteStore({ path });
    for (let i = 0; i < 50; i++) await write(store, `t${i}`, ended);
    return path;
  };

  test('is refused where it is cut off', async () => {
    const path = await filled();
    truncateSync(path, 40_000);
    expect(() => sqliteStore({ path })).toThrow(
      expect.objectContaining({
        code: 'STORE_FAILED',
        message: `The store ${JSON.stringify(path)} could not open: database disk image is malformed; the file is damaged: restore a backup.`,
        retryable: false,
      }),
    );
  });

  test('is one clear error for who reads the damage', async () => {
    const path = await filled();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill('damage', 80_000));
    await using store = sqliteStore({ path });
    const readAll = async () => {
      for (let i = 0; i < 50; i++) await store.readTask(`t${i}`);
    };
    await expect(readAll()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(
        /could not read a task: .*; the file is damaged: restore a backup\.$/,
      ),
      retryable: false,
    });
  });

  test('with nonsense in it is one clear error', async () => {
    const path = files.next();
    const filled = sqliteStore({ path });
    await write(filled, 't', ended);
    filled.close();
    const damaged = new DatabaseSync(path);
    damaged.exec(`UPDATE records SET json = '{"v":1,'`);
    damaged.close();
    await using store = sqliteStore({ path });
    await expect(store.readTask('t')).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('could not read a task: '),
    });
  });
});

describe('a lock that another process holds', () => {
  test('is waited for, and then one clear error that can be tried again', async () => {
    const path = files.next();
    await using store = sqliteStore({ path, busyTimeoutMs: 20 });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(write(store, 't', ended)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('database is locked; other processes were writing'),
      retryable: true,
    });
    // Reads go on meanwhile.
    expect(await store.readTask('t')).toEqual([]);
    other.exec('COMMIT');
    other.close();
    await write(store, 't', ended);
    expect(await store.readTask('t')).toHaveLength(3);
  });
});

test('a record that could not be found again is refused', async () => {
  await using store = sqliteStore({ path: files.next() });
  const records = await write(store, 't', ended);
  for (const fields of [{ handoffId: undefined }, { type: 1 }, { at: 'yesterday' }]) {
    const record = { ...records[0], ...fields } as never;
    await expect(store.append('u', 0, [record])).rejects.toMatchObject({ code: 'STORE_FAILED' });
  }
  expect(await store.readTask('u')).toEqual([]);
});
