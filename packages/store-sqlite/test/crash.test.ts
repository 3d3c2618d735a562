import { DatabaseSync } from 'node:sqlite';
import { seededIds } from '@agent-handoff/testing';
import { expect, test } from 'vitest';
import { sqliteStore } from '../src/index.ts';
import type { Acknowledgement } from './append-worker.ts';
import { checkLog } from './check-log.ts';
import { runWorker } from './run-worker.ts';
import { temporaryFiles } from './temporary-files.ts';

const files = temporaryFiles();
const isFull = process.env['FULL'] === '1';
const seed = Number(process.env['SEED'] ?? (isFull ? Date.now() % 2 ** 31 : 20_261_125));
const kills = isFull ? 200 : 6;

test(`a store loses nothing to ${kills} kills of its writers (seed ${seed})`, async () => {
  const ids = seededIds(seed);
  const draw = (below: number): number => Number.parseInt(ids('seed').slice(0, 8), 16) % below;
  const path = files.next();
  const taskIds = ['a', 'b', 'c'];
  const acknowledged: Acknowledgement[] = [];
  for (let i = 0; i < kills; i++) {
    const order = { path, name: `writer-${i}`, taskIds };
    // From outside, wherever it is by then, or by itself between two statements.
    const end =
      i % 2 === 0
        ? await runWorker(order, 1 + draw(20))
        : await runWorker({ ...order, dieBefore: 1 + draw(200) });
    expect(end).toMatchObject({ signal: 'SIGKILL', errors: '' });
    acknowledged.push(...end.acknowledged);

    await using store = sqliteStore({ path });
    let more = 0;
    for (const taskId of taskIds) more += await checkLog(store, taskId, acknowledged);
    // Each of the killed may have had one append that it could not tell of any more.
    expect(more).toBeLessThanOrEqual(2 * (i + 1));
  }
  const database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  database.close();
}, 600_000);

test('two processes that append to one task lose nothing and fork nothing', async () => {
  const path = files.next();
  const handoffs = isFull ? 300 : 25;
  const names = ['left', 'right'];
  const ends = await Promise.all(
    names.map((name) => runWorker({ path, name, taskIds: ['t'], handoffs })),
  );
  for (const end of ends) expect(end).toMatchObject({ signal: null, errors: '' });
  const acknowledged = ends.flatMap((end) => end.acknowledged);
  expect(acknowledged).toHaveLength(2 * 2 * handoffs);

  await using store = sqliteStore({ path });
  expect(await checkLog(store, 't', acknowledged)).toBe(0);
  const log = await store.readTask('t');
  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 6 * handoffs }, (_, i) => i + 1));
  for (const name of names) {
    const own = log.filter(({ handoffId }) => handoffId.startsWith(name));
    expect(own).toHaveLength(3 * handoffs);
  }
}, 600_000);
