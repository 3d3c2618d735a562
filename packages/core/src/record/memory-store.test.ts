import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { until } from '../../test/turns.ts';
import { openLedger } from '../policy/ledger.ts';
import { defaultLimits } from '../policy/limits.ts';
import type { HandoffRecord, RecordType } from './handoff-record.ts';
import type { HandoffPage, HandoffQuery, HandoffStore } from './handoff-store.ts';
import { memoryStore } from './memory-store.ts';

/** Any record: a store looks at type and handoffId only. */
function record(fields: Partial<HandoffRecord> = {}): HandoffRecord {
  return {
    at: '2026-11-24T09:00:00.000Z',
    contextDigest: 'c',
    digest: 'd',
    handoffId: 'h-1',
    ledger: openLedger(defaultLimits),
    origin: 'own',
    parents: [],
    reason: 'specialization',
    recordId: 'r-1',
    scope: ['*'],
    seq: 1,
    source: 'user',
    target: 'billing',
    taskId: 't-1',
    type: 'requested',
    v: 1,
    ...fields,
  };
}

/** Appends records to a task, its handoff named after it unless told otherwise. */
async function write(
  store: HandoffStore,
  taskId: string,
  types: readonly RecordType[],
  handoffId = `${taskId}/h`,
): Promise<readonly HandoffRecord[]> {
  const before = (await store.readTask(taskId)).length;
  const records = types.map((type, at) =>
    record({ taskId, handoffId, type, seq: before + at + 1 }),
  );
  expect(await store.append(taskId, before, records)).toEqual({ status: 'appended' });
  return records;
}

const ended = ['requested', 'rejected'] as const;
const idsOf = ({ handoffs }: HandoffPage): (string | undefined)[] =>
  handoffs.map(([first]) => first?.handoffId);

async function pages(store: HandoffStore, query: HandoffQuery): Promise<(string | undefined)[][]> {
  const all: (string | undefined)[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    all.push(idsOf(page));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

async function kept(store: HandoffStore, ...taskIds: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const taskId of taskIds) if ((await store.readTask(taskId)).length > 0) found.push(taskId);
  return found;
}

describe('an append to the memory store', () => {
  it('is known by its key or by any of its slots, before it is a conflict', async () => {
    const store = memoryStore();
    const first = [record()];
    const options = { key: 'k', slots: ['h-1/attempt/1', 'h-1/end'] };
    expect(await store.append('t-1', 0, first, options)).toEqual({ status: 'appended' });
    for (const again of [{ key: 'k' }, { slots: ['new', 'h-1/end'] }, options]) {
      for (const expectedSeq of [0, 1, 7]) {
        expect(await store.append('t-1', expectedSeq, [record({ seq: 2 })], again)).toEqual({
          status: 'known',
          records: first,
        });
      }
    }
    expect(await store.readTask('t-1')).toEqual(first);
  });

  it('knows keys and slots of its own task only', async () => {
    const store = memoryStore();
    await store.append('t-1', 0, [record()], { key: 'k', slots: ['s'] });
    const other = [record({ taskId: 't-2', handoffId: 'h-2' })];
    expect(await store.append('t-2', 0, other, { key: 'k', slots: ['s'] })).toEqual({
      status: 'appended',
    });
  });

  it('requests a handoff in one task only; what else is said of it may stand anywhere', async () => {
    const store = memoryStore();
    const [first] = await write(store, 'a', ['requested', 'accepted'], 'h');
    const [other] = await write(store, 'b', ['requested'], 'h-2');
    const options = { key: 'k', slots: ['s'] };
    const again = [record({ taskId: 'b', handoffId: 'h-3' }), record({ handoffId: 'h' })];
    for (const seq of [1, 7]) {
      expect(await store.append('b', seq, again, options)).toEqual({
        status: 'known',
        records: [other],
      });
    }
    expect(await store.append('c', 0, again, options)).toEqual({ status: 'known', records: [] });
    expect(await kept(store, 'a', 'b', 'c')).toEqual(['a', 'b']);
    expect(await store.findTask('h')).toBe('a');
    expect(await store.findTask('h-3')).toBeUndefined();
    // In its own task only key and slots say what is known.
    expect(await store.append('a', 2, [first as HandoffRecord], options)).toEqual({
      status: 'appended',
    });
    const said = [record({ taskId: 'b', handoffId: 'h', type: 'joined' })];
    expect(await store.append('b', 1, said, options)).toEqual({ status: 'appended' });
    expect(await store.findTask('h')).toBe('a');
  });

  it('is a conflict where the head is another, and then writes nothing', async () => {
    const store = memoryStore();
    const body = { digest: 'b', json: '1', salt: 's' };
    const options = { key: 'k', slots: ['s'], bodies: [body] };
    expect(await store.append('t-1', 1, [record()], options)).toEqual({
      status: 'conflict',
      records: [],
    });
    expect(await store.findTask('h-1')).toBeUndefined();
    expect(await store.readBodies('t-1', ['b'])).toEqual([undefined]);
    expect((await store.query({})).handoffs).toEqual([]);

    await write(store, 't-1', ['requested']);
    for (const expectedSeq of [0, 2]) {
      expect(await store.append('t-1', expectedSeq, [record()], options)).toEqual({
        status: 'conflict',
        records: await store.readTask('t-1'),
      });
    }
    expect(await store.append('t-1', 1, [record({ seq: 2 })], options)).toEqual({
      status: 'appended',
    });
    expect(await store.readBodies('t-1', ['x', 'b'])).toEqual([undefined, body]);
    expect(await store.readBodies('t-2', ['b'])).toEqual([undefined]);
  });

  it.each([{ handoffId: undefined }, { type: undefined }, { handoffId: 1 }, { type: null }])(
    'refuses a record it could not find again: %j',
    async (fields) => {
      const store = memoryStore();
      const records = [record(), record({ seq: 2, ...fields } as never)];
      await expect(store.append('t-1', 0, records)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringContaining('without handoffId and type'),
      });
      expect(await store.readTask('t-1')).toEqual([]);
    },
  );

  it('erases bodies, also where it brings others', async () => {
    const store = memoryStore();
    const body = (digest: string) => ({ digest, json: '1', salt: 's' });
    await store.append('t-1', 0, [record()], { bodies: [body('a'), body('b')] });
    await store.append('t-1', 1, [record({ seq: 2, type: 'erased' })], {
      bodies: [body('c')],
      erase: ['a'],
    });
    expect(await store.readBodies('t-1', ['a', 'b', 'c'])).toEqual([
      undefined,
      body('b'),
      body('c'),
    ]);
  });

  it('gives lists that nobody else changes', async () => {
    const store = memoryStore();
    await write(store, 't-1', ['requested']);
    for (const read of [
      async () => store.readTask('t-1'),
      async () => (await store.query({})).handoffs[0],
      async () =>
        ((await store.append('t-1', 7, [])) as { records: readonly HandoffRecord[] }).records,
    ]) {
      const list = (await read()) as HandoffRecord[];
      list.push(record());
      expect(await store.readTask('t-1')).toHaveLength(1);
      expect(await read()).toHaveLength(1);
    }
  });
});

describe('the tasks that the memory store drops', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
    'are never bounded by %s',
    (maxTasks) => {
      expect(() => memoryStore({ maxTasks: maxTasks as number })).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIGURATION',
          message: expect.stringContaining(`maxTasks is ${maxTasks}`),
        }),
      );
    },
  );

  it('are the ended ones, in the order of their ends', async () => {
    const store = memoryStore({ maxTasks: 2 });
    await write(store, 'a', ['requested']);
    await write(store, 'b', ['requested']);
    await write(store, 'c', ['requested']);
    expect(await kept(store, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
    await write(store, 'b', ['cancelled']);
    expect(await kept(store, 'a', 'b', 'c')).toEqual(['a', 'c']);
    await write(store, 'c', ['cancelled']);
    await write(store, 'a', ['cancelled']);
    await write(store, 'd', ['requested']);
    expect(await kept(store, 'a', 'c', 'd')).toEqual(['a', 'd']);
    await write(store, 'e', ['requested']);
    expect(await kept(store, 'a', 'd', 'e')).toEqual(['d', 'e']);
  });

  it('leave nothing behind', async () => {
    const store = memoryStore({ maxTasks: 1 });
    const body = { digest: 'b', json: '1', salt: 's' };
    const records = ended.map((type, at) => record({ type, seq: at + 1 }));
    await store.append('t-1', 0, records, { key: 'k', slots: ['s'], bodies: [body] });
    await write(store, 't-2', ['requested']);
    expect(await store.readTask('t-1')).toEqual([]);
    expect(await store.findTask('h-1')).toBeUndefined();
    expect(await store.findTask('t-2/h')).toBe('t-2');
    expect(await store.readBodies('t-1', ['b'])).toEqual([undefined]);
    expect(idsOf(await store.query({}))).toEqual(['t-2/h']);
    expect(idsOf(await store.query({ taskId: 't-1' }))).toEqual([]);
    expect(await store.append('t-1', 0, records, { key: 'k' })).toEqual({ status: 'appended' });
  });

  it('are none with an open handoff, though another of theirs has ended', async () => {
    const store = memoryStore({ maxTasks: 1 });
    await write(store, 'a', ended, 'a/1');
    await write(store, 'a', ['requested'], 'a/2');
    await write(store, 'b', ended);
    expect(await kept(store, 'a', 'b')).toEqual(['a']);
    await write(store, 'c', ['requested']);
    expect(await kept(store, 'a', 'c')).toEqual(['a', 'c']);
    await write(store, 'a', ['cancelled'], 'a/2');
    expect(await kept(store, 'a', 'c')).toEqual(['c']);
  });

  it('are dropped after their last end, not after an earlier one', async () => {
    const store = memoryStore({ maxTasks: 2 });
    await write(store, 'a', ended, 'a/1');
    await write(store, 'b', ended);
    await write(store, 'a', ended, 'a/2');
    await write(store, 'c', ['requested']);
    expect(await kept(store, 'a', 'b', 'c')).toEqual(['a', 'c']);
    await write(store, 'd', ['requested']);
    expect(await kept(store, 'a', 'c', 'd')).toEqual(['c', 'd']);
  });

  it.each(['completed', 'failed', 'rejected', 'cancelled'] as const)(
    'may end as %s',
    async (type) => {
      const store = memoryStore({ maxTasks: 1 });
      await write(store, 'a', ['requested', 'accepted', type]);
      await write(store, 'b', ['requested']);
      expect(await kept(store, 'a', 'b')).toEqual(['b']);
    },
  );

  it.each([
    ['requested'],
    ['requested', 'accepted'],
    ['requested', 'accepted', 'approval-requested'],
  ])('are open as %s %s %s', async (...types) => {
    const store = memoryStore({ maxTasks: 1 });
    await write(store, 'a', types.filter(Boolean) as RecordType[]);
    await write(store, 'b', ended);
    expect(await kept(store, 'a', 'b')).toEqual(['a']);
  });

  it('are 10,000 before the first is dropped', async () => {
    const store = memoryStore();
    for (let i = 0; i < 10_000; i++) await write(store, `t-${i}`, ended);
    expect(await kept(store, 't-0')).toEqual(['t-0']);
    await write(store, 't-10000', ended);
    expect(await kept(store, 't-0', 't-1')).toEqual(['t-1']);
  });
});

describe('a query of the memory store', () => {
  it('lists what is left whenever it is asked, also right after the list was swept', async () => {
    const store = memoryStore({ maxTasks: 10 });
    for (let i = 0; i < 1_100; i++) {
      await write(store, `t-${i}`, ended);
      const left = Array.from({ length: Math.min(i + 1, 10) }, (_, at) => `t-${i - at}/h`);
      expect(idsOf(await store.query({ first: 'newest' }))).toEqual(left);
    }
  });

  it('goes through all pages, from either end, without a hole or a double', async () => {
    const store = memoryStore();
    const all = Array.from({ length: 7 }, (_, i) => `t-${i}/h`);
    for (const id of all) await write(store, id.slice(0, -2), ended);
    expect(await pages(store, { limit: 3 })).toEqual([
      all.slice(0, 3),
      all.slice(3, 6),
      all.slice(6),
    ]);
    const newest = all.toReversed();
    expect(await pages(store, { limit: 3, first: 'newest' })).toEqual([
      newest.slice(0, 3),
      newest.slice(3, 6),
      newest.slice(6),
    ]);
    expect(await pages(store, { limit: 7 })).toEqual([all]);
    expect(await pages(store, { limit: 1 })).toEqual(all.map((id) => [id]));
    expect(await pages(store, {})).toEqual([all]);
  });

  it('gives 100 where it is not told how many', async () => {
    const store = memoryStore();
    for (let i = 0; i < 101; i++) await write(store, `t-${i}`, ended);
    expect((await pages(store, {})).map(({ length }) => length)).toEqual([100, 1]);
  });

  it('chooses by task and by status', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested', 'accepted'], 'a/1');
    await write(store, 'a', ['requested', 'accepted', 'completed'], 'a/2');
    await write(store, 'b', ['requested', 'accepted', 'approval-requested'], 'b/1');
    await write(store, 'b', ['requested', 'accepted', 'approval-requested', 'accepted'], 'b/2');
    const by = async (query: HandoffQuery) => idsOf(await store.query(query));
    expect(await by({ taskId: 'a' })).toEqual(['a/1', 'a/2']);
    expect(await by({ taskId: 'a', first: 'newest' })).toEqual(['a/2', 'a/1']);
    expect(await by({ status: 'running' })).toEqual(['a/1', 'b/2']);
    expect(await by({ status: 'running', first: 'newest', limit: 1 })).toEqual(['b/2']);
    expect(await by({ status: 'awaiting-approval' })).toEqual(['b/1']);
    expect(await by({ status: 'completed', taskId: 'a' })).toEqual(['a/2']);
    expect(await by({ status: 'completed', taskId: 'b' })).toEqual([]);
    expect(await by({ taskId: 'c' })).toEqual([]);
    expect(await pages(store, { taskId: 'b', limit: 1 })).toEqual([['b/1'], ['b/2']]);
    expect((await store.query({ taskId: 'b' })).handoffs[1]?.map(({ type }) => type)).toEqual([
      'requested',
      'accepted',
      'approval-requested',
      'accepted',
    ]);
  });

  it('chooses by thread, which the request names', async () => {
    const store = memoryStore();
    for (const [id, threadId] of [
      ['a', 'one'],
      ['b', 'two'],
      ['c', undefined],
      ['d', 'one'],
    ] as const) {
      const thread = threadId === undefined ? {} : { threadId };
      await store.append(id, 0, [record({ taskId: id, handoffId: id, ...thread })]);
      await store.append(id, 1, [record({ taskId: id, handoffId: id, type: 'accepted', seq: 2 })]);
    }
    const by = async (query: HandoffQuery) => idsOf(await store.query(query));
    expect(await by({ threadId: 'one' })).toEqual(['a', 'd']);
    expect(await by({ threadId: 'two' })).toEqual(['b']);
    expect(await by({ threadId: 'three' })).toEqual([]);
    expect(await by({ threadId: 'one', taskId: 'd' })).toEqual(['d']);
    expect(await by({})).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lists no records of the task among those of a handoff', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested', 'joined', 'accepted', 'erased']);
    const [records] = (await store.query({})).handoffs;
    expect(records?.map(({ type }) => type)).toEqual(['requested', 'accepted']);
    expect(await store.readTask('a')).toHaveLength(4);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s as a limit', async (limit) => {
    const refusal = {
      code: 'INVALID_CONFIGURATION',
      message: `limit is ${limit}: give a whole number above 0.`,
    };
    await expect(memoryStore().query({ limit })).rejects.toMatchObject(refusal);
    const endedBefore = '2026-01-04T00:00:00.000Z';
    await expect(memoryStore().prune({ endedBefore, limit })).rejects.toMatchObject(refusal);
  });

  it.each(['', 'x', '-1', '1.5', '1 '])('refuses %j as a cursor', async (cursor) => {
    await expect(memoryStore().query({ cursor })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('cursor'),
    });
  });

  it.each(['oldest', 'newest'] as const)(
    'goes on where it was while tasks come and go, %s first',
    async (first) => {
      const store = memoryStore({ maxTasks: 100 });
      let next = 0;
      const more = async (count: number): Promise<void> => {
        for (const end = next + count; next < end; next++) await write(store, `t-${next}`, ended);
      };
      await more(100);
      const seen: (string | undefined)[] = [];
      let page = await store.query({ first, limit: 10 });
      seen.push(...idsOf(page));
      // 30 are dropped; then so many that the list of requests is swept as well.
      await more(30);
      page = await store.query({ first, limit: 10, cursor: page.cursor as string });
      seen.push(...idsOf(page));
      const from = first === 'oldest' ? [0, 30] : [99, 89];
      const step = first === 'oldest' ? 1 : -1;
      const expected = from.flatMap((start) =>
        Array.from({ length: 10 }, (_, i) => `t-${start + step * i}/h`),
      );
      expect(seen).toEqual(expected);

      await more(5_000);
      page = await store.query({ first, limit: 200, cursor: page.cursor as string });
      // All that are left were begun after the cursor: everything, or nothing.
      const left = Array.from({ length: 100 }, (_, i) => `t-${next - 100 + i}/h`);
      expect(idsOf(page)).toEqual(first === 'oldest' ? left : []);
      expect(page.cursor).toBeUndefined();
    },
  );
});

describe('a watch of the memory store', () => {
  const watching = (store: HandoffStore, taskId: string, afterSeq = 0) => {
    const controller = new AbortController();
    const seqs: number[] = [];
    const state = { done: false };
    const watch = async (): Promise<void> => {
      for await (const { seq } of store.watch(taskId, afterSeq, { signal: controller.signal })) {
        seqs.push(seq);
      }
      state.done = true;
    };
    return { controller, seqs, state, finished: watch() };
  };

  it('gives what is there, then what comes, of its task only', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested', 'accepted']);
    const all = watching(store, 'a');
    const later = watching(store, 'a', 2);
    const other = watching(store, 'b');
    await until(() => all.seqs.length === 2);
    await write(store, 'a', ['accepted', 'completed']);
    await until(() => later.seqs.length === 2);
    expect(all.seqs).toEqual([1, 2, 3, 4]);
    expect(later.seqs).toEqual([3, 4]);
    expect(other.seqs).toEqual([]);
    await write(store, 'b', ['requested']);
    await until(() => other.seqs.length === 1);
    for (const { controller, finished, state } of [all, later, other]) {
      expect(state.done).toBe(false);
      controller.abort();
      await finished;
    }
  });

  it('goes on for the others when one has gone, and when one comes back', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested']);
    const [gone, stays, late] = [watching(store, 'a'), watching(store, 'a'), watching(store, 'a')];
    await until(() => late.seqs.length === 1);
    gone.controller.abort();
    await gone.finished;
    await write(store, 'a', ['accepted']);
    await until(() => stays.seqs.length === 2 && late.seqs.length === 2);
    late.controller.abort();
    await late.finished;
    await write(store, 'a', ['completed']);
    await until(() => stays.seqs.length === 3);
    stays.controller.abort();
    await stays.finished;
    expect([gone.seqs, stays.seqs, late.seqs]).toEqual([[1], [1, 2, 3], [1, 2]]);
  });

  it('gives nothing where it is aborted already', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested']);
    const records = store.watch('a', 0, { signal: AbortSignal.abort() });
    for await (const one of records) throw new Error(`gave ${one.seq}`);
  });

  it('stops between two records where it is aborted there', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested', 'accepted', 'completed']);
    const controller = new AbortController();
    const seqs: number[] = [];
    for await (const { seq } of store.watch('a', 0, { signal: controller.signal })) {
      seqs.push(seq);
      controller.abort();
    }
    expect(seqs).toEqual([1]);
  });

  it('misses nothing that is appended while a record is looked at', async () => {
    const store = memoryStore();
    await write(store, 'a', ['requested']);
    const controller = new AbortController();
    const seqs: number[] = [];
    for await (const { seq } of store.watch('a', 0, { signal: controller.signal })) {
      seqs.push(seq);
      if (seq < 4) await write(store, 'a', ['accepted']);
      else controller.abort();
    }
    expect(seqs).toEqual([1, 2, 3, 4]);
  });

  it('sees the end of a task that is dropped as it ends', async () => {
    const store = memoryStore({ maxTasks: 1 });
    await write(store, 'a', ['requested']);
    await write(store, 'b', ['requested']);
    const watched = watching(store, 'b');
    await until(() => watched.seqs.length === 1);
    await write(store, 'b', ['completed']);
    expect(await kept(store, 'a', 'b')).toEqual(['a']);
    await until(() => watched.seqs.length === 2);
    watched.controller.abort();
    await watched.finished;
  });
});

describe('the memory of the memory store', () => {
  it('does not grow with the watchers that have gone', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const store = memoryStore();
    await write(store, 'a', ['requested']);
    const watch = async (): Promise<WeakRef<AbortSignal>> => {
      const controller = new AbortController();
      const records = store.watch('a', 1, { signal: controller.signal })[Symbol.asyncIterator]();
      const next = records.next();
      controller.abort();
      await next;
      return new WeakRef(controller.signal);
    };
    // One that stays, so that the others are the only ones that go.
    const stays = new AbortController();
    const waiting = store.watch('a', 1, { signal: stays.signal })[Symbol.asyncIterator]().next();
    const references = await Promise.all(Array.from({ length: 100 }, watch));
    const alive = (): number => references.filter((one) => one.deref() !== undefined).length;
    for (let tries = 0; tries < 5 && alive() > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      collect();
    }
    expect(alive()).toBe(0);
    stays.abort();
    await waiting;
  });

  it('does not grow with the tasks that it has dropped', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const store = memoryStore({ maxTasks: 100 });
    const references: WeakRef<HandoffRecord>[] = [];
    for (let i = 0; i < 12_000; i++) {
      for (const one of await write(store, `t-${i}`, ended)) references.push(new WeakRef(one));
    }
    const alive = (): number => references.filter((one) => one.deref() !== undefined).length;
    for (let tries = 0; tries < 5 && alive() > 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      collect();
    }
    expect(alive()).toBe(200);
    // Asked last, so that the store itself is alive until here.
    expect(await store.readTask('t-11999')).toHaveLength(2);
  });
});

describe('pruning a memory store', () => {
  it('forgets tasks that ended before a time, oldest first, and no task that is open', async () => {
    const store = memoryStore();
    for (const [i, id] of ['a', 'b', 'c', 'd'].entries()) {
      const at = `2026-01-0${i + 1}T00:00:00.000Z`;
      const types = id === 'b' ? (['requested'] as const) : ended;
      const records = types.map((type, n) =>
        record({ taskId: id, handoffId: id, seq: n + 1, type, at }),
      );
      await store.append(id, 0, records);
    }
    const endedBefore = '2026-01-04T00:00:00.000Z';
    expect(await store.prune({ endedBefore, limit: 1 })).toBe(1);
    expect(await kept(store, 'a', 'b', 'c', 'd')).toEqual(['b', 'c', 'd']);
    expect(await store.prune({ endedBefore })).toBe(1);
    expect(await kept(store, 'a', 'b', 'c', 'd')).toEqual(['b', 'd']);
    expect((await store.query({})).handoffs).toHaveLength(2);
    expect(await store.findTask('a')).toBeUndefined();
  });

  it('takes the one that ended first, whichever began first', async () => {
    const store = memoryStore();
    for (const [id, days] of [
      ['a', [1, 3]],
      ['b', [2, 2]],
      ['c', [4, 1]],
    ] as const) {
      const records = days.map((day, n) =>
        record({
          taskId: id,
          handoffId: id,
          seq: n + 1,
          type: n === 0 ? 'requested' : 'rejected',
          at: `2026-01-0${day}T00:00:00.000Z`,
        }),
      );
      await store.append(id, 0, records);
    }
    const endedBefore = '2026-01-09T00:00:00.000Z';
    // Writers' clocks can differ: the latest time counts.
    for (const left of [['a', 'c'], ['c'], []]) {
      expect(await store.prune({ endedBefore, limit: 1 })).toBe(1);
      expect(await kept(store, 'a', 'b', 'c')).toEqual(left);
    }
  });

  it('leaves the bound on tasks as it was', async () => {
    const endedBefore = '2026-11-24T10:00:00.000Z';
    const store = memoryStore({ maxTasks: 1 });
    await write(store, 'a', ended);
    await write(store, 'b', ended);
    expect(await kept(store, 'a', 'b')).toEqual(['b']);
    expect(await store.prune({ endedBefore: '2020-01-01T00:00:00.000Z' })).toBe(0);
    await write(store, 'c', ended);
    expect(await kept(store, 'b', 'c')).toEqual(['c']);
    expect(await store.prune({ endedBefore })).toBe(1);
    // The same task again, and open: that it had ended once is forgotten.
    await write(store, 'c', ['requested']);
    await write(store, 'd', ['requested']);
    expect(await kept(store, 'c', 'd')).toEqual(['c', 'd']);
  });

  it('takes no time that is none', async () => {
    await expect(memoryStore().prune({ endedBefore: 'yesterday' })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('endedBefore is "yesterday"'),
    });
  });
});
