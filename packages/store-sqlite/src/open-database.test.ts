import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { OpenOrder } from '../test/open-worker.ts';
import { ended, write } from '../test/records.ts';
import { temporaryFiles } from '../test/temporary-files.ts';
import { applicationId, migrations } from './migrations.ts';
import { sqliteStore } from './sqlite-store.ts';

const files = temporaryFiles();
const program = join(import.meta.dirname, '../test/open-worker.ts');

/** Opens the file in a process of its own, and gives what that process said. */
async function openElsewhere(order: OpenOrder): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(order)]);
  return stdout;
}

/** What opening the file throws, as JSON. */
function refusal(path: string): object {
  try {
    sqliteStore({ path }).close();
  } catch (thrown) {
    return JSON.parse(JSON.stringify(thrown)) as object;
  }
  throw new Error(`${path} was opened`);
}

function pragmas(path: string): object {
  const database = new DatabaseSync(path);
  const [row] = database
    .prepare('SELECT * FROM pragma_user_version, pragma_application_id, pragma_journal_mode')
    .all();
  database.close();
  return { ...row };
}

describe('a new file', () => {
  test('is marked, of the newest version, and keeps a write-ahead log', () => {
    const path = files.next();
    sqliteStore({ path }).close();
    expect(pragmas(path)).toEqual({
      user_version: migrations.length,
      application_id: applicationId,
      journal_mode: 'wal',
    });
  });

  test('is made once where processes start at the same moment', async () => {
    const path = files.next();
    const at = Date.now() + 600;
    const names = ['a', 'b', 'c', 'd'];
    expect(await Promise.all(names.map((taskId) => openElsewhere({ path, taskId, at })))).toEqual(
      names.map(() => ''),
    );
    await using store = sqliteStore({ path });
    for (const name of names) expect(await store.readTask(name)).toHaveLength(1);
  });

  test('may be there already, empty', async () => {
    const path = files.next();
    writeFileSync(path, '');
    await using store = sqliteStore({ path });
    await write(store, 't', ended);
    expect(await store.readTask('t')).toHaveLength(3);
  });
});

describe('a file of an older version', () => {
  test('keeps what it holds, and works as a new one', async () => {
    const path = files.next();
    const database = new DatabaseSync(path);
    database.exec(`
      ${migrations[0]}
      INSERT INTO threads VALUES ('a', 4, '"kept"');
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = 1;
    `);
    database.close();
    await using store = sqliteStore({ path });
    expect(await store.threads.readThread('a')).toEqual({ json: '"kept"', version: 4 });
    await store.threads.deleteThread('a');
    await store.threads.writeThread('a', 0, '"anew"');
    expect(await store.threads.readThread('a')).toEqual({ json: '"anew"', version: 5 });
    expect(pragmas(path)).toMatchObject({ user_version: migrations.length });
  });
});

describe('a file is refused, and left as it is,', () => {
  test('where newer code wrote it', async () => {
    const path = files.next();
    sqliteStore({ path }).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 7');
    database.close();
    expect(refusal(path)).toEqual({
      code: 'UNSUPPORTED_VERSION',
      message: `The store ${JSON.stringify(path)} has version 7, and this code knows up to ${migrations.length}: use a newer @agent-handoff/store-sqlite.`,
      retryable: false,
      details: { path, version: 7, newestKnown: migrations.length },
    });
    expect(pragmas(path)).toMatchObject({ user_version: 7 });
  });

  test.each([
    'CREATE TABLE orders (id INTEGER)',
    'PRAGMA application_id = 7',
    'PRAGMA user_version = 1',
  ])('where it is of another application: %s', (sql) => {
    const path = files.next();
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    const before = readFileSync(path);
    expect(refusal(path)).toMatchObject({
      code: 'STORE_FAILED',
      message: `The store ${JSON.stringify(path)} could not open: the file is a database of another application; give another path.`,
      retryable: false,
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('where it is no database', () => {
    const path = files.next();
    writeFileSync(path, 'Dear diary, today I was overwritten. '.repeat(100));
    const before = readFileSync(path);
    expect(refusal(path)).toMatchObject({
      code: 'STORE_FAILED',
      message: `The store ${JSON.stringify(path)} could not open: file is not a database; the file is no SQLite database: give another path.`,
      retryable: false,
      details: { path, sqliteCode: 26 },
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('where its folder is missing, or it is a folder', () => {
    for (const path of [join(files.folder, 'nowhere', 'x.db'), files.folder]) {
      expect(refusal(path)).toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringMatching(
          /could not open: .*; the file can not be opened: look whether/,
        ),
        retryable: false,
      });
    }
  });

  test('where this process may not write to it', async () => {
    const folder = join(files.folder, 'read-only');
    mkdirSync(folder);
    const path = join(folder, 'x.db');
    sqliteStore({ path }).close();
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    chmodSync(files.folder, 0o755);
    // The owner of the machine may write everywhere: somebody else tries.
    const user = process.getuid?.() === 0 ? { user: 65_534 } : {};
    const refused = JSON.parse(await openElsewhere({ path, taskId: 't', ...user })) as object;
    chmodSync(folder, 0o755);
    chmodSync(path, 0o644);
    expect(refused).toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(`The store ${JSON.stringify(path)} could not `),
      retryable: false,
    });
    await using store = sqliteStore({ path });
    expect(await store.readTask('t')).toEqual([]);
  });
});

test.each([
  [{ path: '' }, 'path is "": give the path of a file.'],
  [
    { path: ':memory:' },
    'path is ":memory:": give the path of a file, or take memoryStore() of @agent-handoff/core for memory.',
  ],
  [{ busyTimeoutMs: -1 }, 'busyTimeoutMs is -1'],
  [{ watchIntervalMs: 0 }, 'watchIntervalMs is 0'],
  [{ watchIntervalMs: 1.5 }, 'watchIntervalMs is 1.5'],
  [{ retentionMs: Number.NaN }, 'retentionMs is NaN'],
])('options that are none are refused: %j', (options, message) => {
  expect(() => sqliteStore({ path: files.next(), ...options })).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining(message),
    }),
  );
});
