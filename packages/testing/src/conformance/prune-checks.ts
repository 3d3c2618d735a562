import type { HandoffStore, PruneQuery, RecordType } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { bodyOf, recordsOf } from './record-script.ts';
import type { StoreSubject } from './store-subject.ts';

const day = (number: number): string => `2026-01-0${number}T00:00:00.000Z`;

/** Appends records of that day to a task; its handoff is named after it unless told otherwise. */
async function write(
  store: HandoffStore,
  taskId: string,
  at: string,
  types: readonly RecordType[],
  handoffId = `${taskId}/h`,
): Promise<void> {
  const log = await store.readTask(taskId);
  const records = await recordsOf(taskId, handoffId, types, log.at(-1), { at });
  expect(await store.append(taskId, log.length, records)).toEqual({ status: 'appended' });
}

async function kept(store: HandoffStore, ...taskIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const taskId of taskIds) if ((await store.readTask(taskId)).length > 0) found.push(taskId);
  return found;
}

const whole = ['requested', 'accepted', 'completed'] as const;

/** Tasks that go. */
export const pruneChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'prunes tasks that ended before a time, the longest ended first, up to a limit',
    async run({ store }) {
      await write(store, 'a', day(1), whole);
      await write(store, 'b', day(4), whole);
      await write(store, 'c', day(3), whole);
      await write(store, 'd', day(2), whole);
      const prune = async (query: PruneQuery) => [
        await store.prune(query),
        ...(await kept(store, 'a', 'b', 'c', 'd')),
      ];
      expect(await prune({ endedBefore: day(1) })).toEqual([0, 'a', 'b', 'c', 'd']);
      expect(await prune({ endedBefore: day(9), limit: 1 })).toEqual([1, 'b', 'c', 'd']);
      expect(await prune({ endedBefore: day(9), limit: 1 })).toEqual([1, 'b', 'c']);
      // A record of that very moment is one from then on.
      expect(await prune({ endedBefore: day(4) })).toEqual([1, 'b']);
      expect(await prune({ endedBefore: '2026-01-04T00:00:00.001Z' })).toEqual([1]);
      expect(await prune({ endedBefore: day(9) })).toEqual([0]);
    },
  },
  {
    name: 'prunes no task with an open handoff',
    async run({ store }) {
      const open: readonly (readonly RecordType[])[] = [
        ['requested'],
        ['requested', 'accepted'],
        ['requested', 'accepted', 'approval-requested'],
        ['requested', 'accepted', 'approval-requested', 'approval-decided'],
      ];
      for (const [i, types] of open.entries()) await write(store, `open-${i}`, day(1), types);
      await write(store, 'again', day(1), whole);
      await write(store, 'again', day(1), ['requested'], 'again/h2');
      await write(store, 'two', day(1), ['requested', 'accepted'], 'two/1');
      await write(store, 'two', day(1), whole, 'two/2');
      expect(await store.prune({ endedBefore: day(9) })).toBe(0);
      await write(store, 'again', day(2), ['cancelled'], 'again/h2');
      await write(store, 'two', day(3), ['failed'], 'two/1');
      await write(store, 'two', day(3), ['erased'], 'two/1');
      expect(await store.prune({ endedBefore: day(9) })).toBe(2);
      const ids = open.map((_, i) => `open-${i}`);
      expect(await kept(store, ...ids, 'again', 'two')).toEqual(ids);
    },
  },
  {
    name: 'prunes all that belongs to a task, and nothing else',
    async run({ store, connect }) {
      const bodies = [await bodyOf('pruned')];
      const digests = bodies.map(({ digest }) => digest);
      const options = { key: 'k', slots: ['s'], bodies };
      const fields = { at: day(1), threadId: 'thread' };
      const gone = await recordsOf('gone', 'h1', whole, undefined, fields);
      const stays = await recordsOf('stays', 'h2', ['requested'], undefined, fields);
      await store.append('gone', 0, gone, options);
      await store.append('stays', 0, stays, options);
      expect(await store.prune({ endedBefore: day(2) })).toBe(1);
      const reader = connect ? await connect() : store;
      expect(await reader.readTask('gone')).toEqual([]);
      expect(await reader.findTask('h1')).toBeUndefined();
      expect(await reader.readBodies('gone', digests)).toEqual([undefined]);
      expect(await reader.query({ taskId: 'gone' })).toEqual({ handoffs: [] });
      expect(await reader.query({ status: 'completed' })).toEqual({ handoffs: [] });
      for (const query of [{}, { threadId: 'thread' }, { taskId: 'stays' }]) {
        expect(await reader.query(query)).toEqual({ handoffs: [stays] });
      }
      expect(await reader.readBodies('stays', digests)).toEqual(bodies);
      expect(await reader.findTask('h2')).toBe('stays');
      expect((await store.append('stays', 1, stays, { slots: ['s'] })).status).toBe('known');
      // Nothing of it is left to be known, not even under its name.
      const again = { key: 'k', slots: ['s'] };
      expect(await store.append('gone', 0, gone, again)).toEqual({ status: 'appended' });
      expect(await store.readTask('gone')).toEqual(gone);
      expect(await store.readBodies('gone', digests)).toEqual([undefined]);
    },
  },
  {
    name: 'goes on with the pages of a query while tasks are pruned',
    async run({ store }) {
      for (const id of ['a', 'b', 'c']) await write(store, id, day(1), whole);
      const { cursor = '' } = await store.query({ limit: 2 });
      expect(await store.prune({ endedBefore: day(2) })).toBe(3);
      await write(store, 'd', day(3), whole);
      const { handoffs } = await store.query({ cursor });
      expect(handoffs.map(([first]) => first?.taskId)).toEqual(['d']);
    },
  },
  {
    name: 'rejects a limit or a time of pruning that is none',
    async run({ store }) {
      await write(store, 'a', day(1), whole);
      const limits = [0, -1, 1.5, Number.NaN].map((limit) => ({ endedBefore: day(9), limit }));
      for (const query of [...limits, { endedBefore: '' }, { endedBefore: 'yesterday' }]) {
        await expect(store.prune(query), JSON.stringify(query)).rejects.toThrow();
      }
      expect(await kept(store, 'a')).toEqual(['a']);
    },
  },
];
