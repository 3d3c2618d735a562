import type {
  HandoffQuery,
  HandoffRecord,
  HandoffStatus,
  HandoffStore,
  RecordType,
} from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { recordsOf } from './record-script.ts';
import type { StoreSubject } from './store-subject.ts';

/** Appends records of a handoff behind its task's log. */
async function extend(
  store: HandoffStore,
  taskId: string,
  handoffId: string,
  ...types: readonly RecordType[]
): Promise<void> {
  const log = await store.readTask(taskId);
  const records = await recordsOf(taskId, handoffId, types, log.at(-1));
  expect(await store.append(taskId, log.length, records)).toEqual({ status: 'appended' });
}

/** `count` handoffs of three tasks, requested in the order of their numbers. */
async function fill(store: HandoffStore, count: number, from = 0): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, i) => `h${from + i}`);
  for (const [i, id] of ids.entries()) await extend(store, `t${(from + i) % 3}`, id, 'requested');
  return ids;
}

const idOf = (log: readonly HandoffRecord[]): string => log[0]?.handoffId ?? '';

/** Reads page after page; `between` runs after each. */
async function readPages(
  store: HandoffStore,
  query: HandoffQuery,
  between: (ids: readonly string[]) => Promise<void> = async () => {},
): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    const ids = page.handoffs.map(idOf);
    pages.push(ids);
    await between(ids);
    cursor = page.cursor;
    expect(pages.length).toBeLessThan(1_000);
  } while (cursor !== undefined);
  return pages;
}

const courses: Readonly<Record<HandoffStatus, readonly RecordType[]>> = {
  requested: ['requested'],
  running: ['requested', 'accepted'],
  'awaiting-approval': ['requested', 'accepted', 'approval-requested'],
  completed: ['requested', 'accepted', 'completed'],
  failed: ['requested', 'accepted', 'failed'],
  rejected: ['requested', 'rejected'],
  cancelled: ['requested', 'cancelled'],
};

/** Lists of handoffs, page by page. */
export const queryChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'lists whole handoffs in the order of their requests, from either end',
    async run({ store }) {
      const ids = await fill(store, 7);
      await extend(store, 't0', 'h0', 'accepted', 'completed');
      await extend(store, 't1', 'h1', 'accepted');
      const oldest = await store.query({});
      expect(oldest.handoffs.map(idOf)).toEqual(ids);
      expect(oldest.cursor).toBeUndefined();
      expect(oldest.handoffs[0]?.map(({ type }) => type)).toEqual([
        'requested',
        'accepted',
        'completed',
      ]);
      expect(oldest.handoffs[1]).toEqual(
        (await store.readTask('t1')).filter(({ handoffId }) => handoffId === 'h1'),
      );
      expect((await store.query({ first: 'oldest' })).handoffs.map(idOf)).toEqual(ids);
      const newest = await store.query({ first: 'newest' });
      expect(newest.handoffs.map(idOf)).toEqual(ids.toReversed());
      expect(await store.query({ taskId: 'none' })).toEqual({ handoffs: [] });
    },
  },
  {
    name: 'lists the handoffs of one task only',
    async run({ store }) {
      await fill(store, 8);
      const ids = async (query: HandoffQuery) => (await store.query(query)).handoffs.map(idOf);
      expect(await ids({ taskId: 't1' })).toEqual(['h1', 'h4', 'h7']);
      expect(await ids({ taskId: 't1', first: 'newest' })).toEqual(['h7', 'h4', 'h1']);
      const pages = await readPages(store, { taskId: 't1', limit: 2 });
      expect(pages).toEqual([['h1', 'h4'], ['h7']]);
    },
  },
  {
    name: 'lists handoffs by the status that their newest record gives them',
    async run({ store }) {
      for (const [status, types] of Object.entries(courses)) {
        await extend(store, `t-${status}`, `h-${status}`, ...types);
      }
      for (const status of Object.keys(courses) as HandoffStatus[]) {
        const { handoffs } = await store.query({ status });
        expect(handoffs.map(idOf)).toEqual([`h-${status}`]);
      }
      await extend(store, 't-running', 'h-running', 'failed');
      expect(await store.query({ status: 'running' })).toEqual({ handoffs: [] });
      const failed = await store.query({ status: 'failed', taskId: 't-running' });
      expect(failed.handoffs.map(idOf)).toEqual(['h-running']);
      const none = await store.query({ status: 'completed', taskId: 't-running' });
      expect(none.handoffs).toEqual([]);
    },
  },
  {
    name: 'lists the handoffs of one thread, whatever their tasks, alone and by status',
    async run({ store }) {
      for (let i = 0; i < 9; i++) {
        const id = `h${i}`;
        const threadId = ['one', 'two', undefined][i % 3];
        const fields = threadId === undefined ? {} : { threadId };
        const requested = await recordsOf(`t-${id}`, id, ['requested'], undefined, fields);
        expect((await store.append(`t-${id}`, 0, requested)).status).toBe('appended');
        if (i % 2 === 0) await extend(store, `t-${id}`, id, 'accepted');
      }
      const pages = (query: HandoffQuery) => readPages(store, query);
      expect(await pages({ threadId: 'one' })).toEqual([['h0', 'h3', 'h6']]);
      expect(await pages({ threadId: 'two', first: 'newest', limit: 2 })).toEqual([
        ['h7', 'h4'],
        ['h1'],
      ]);
      expect(await pages({ threadId: 'one', status: 'running', limit: 1 })).toEqual([
        ['h0'],
        ['h6'],
      ]);
      expect(await pages({ threadId: 'two', status: 'requested' })).toEqual([['h1', 'h7']]);
      expect(await pages({ threadId: 'two', taskId: 't-h4' })).toEqual([['h4']]);
      expect(await pages({ threadId: 'two', taskId: 't-h3' })).toEqual([[]]);
      expect(await pages({ threadId: 'two', taskId: 't-h4', status: 'requested' })).toEqual([[]]);
      expect(await pages({ threadId: 'none' })).toEqual([[]]);
    },
  },
  {
    name: 'keeps records about a task in its log, and out of the handoffs that they name',
    async run({ store }) {
      await extend(store, 't', 'h1', 'requested', 'accepted');
      await extend(store, 't', 'h2', 'requested', 'rejected');
      const own = (await store.readTask('t')).slice(0, 2);
      await extend(store, 't', 'h1', 'joined', 'erased');
      await extend(store, 't', 'h2', 'erased');
      await extend(store, 't', 'h3', 'joined');
      expect((await store.readTask('t')).slice(4).map(({ type }) => type)).toEqual([
        'joined',
        'erased',
        'erased',
        'joined',
      ]);
      expect(await store.query({ status: 'running' })).toEqual({ handoffs: [own] });
      expect(await store.query({ status: 'requested' })).toEqual({ handoffs: [] });
      const { handoffs } = await store.query({ taskId: 't' });
      expect(handoffs.map((log) => log.map(({ type }) => type))).toEqual([
        ['requested', 'accepted'],
        ['requested', 'rejected'],
      ]);
      await extend(store, 't', 'h1', 'completed');
      const [completed] = (await store.query({ status: 'completed' })).handoffs;
      expect(completed?.map(({ seq }) => seq)).toEqual([1, 2, 9]);
    },
  },
  {
    name: 'gives pages without gaps and repeats, and no cursor on the last',
    async run({ store }) {
      const ids = await fill(store, 12);
      for (const first of ['oldest', 'newest'] as const) {
        const all = first === 'oldest' ? ids : ids.toReversed();
        for (const limit of [1, 5, 6, 11, 12, 13]) {
          const pages = await readPages(store, { first, limit });
          expect(pages.flat()).toEqual(all);
          expect(pages).toHaveLength(Math.ceil(12 / limit));
        }
      }
    },
  },
  {
    name: 'gives 100 handoffs where no limit is said',
    async run({ store }) {
      const ids = await fill(store, 103);
      const first = await store.query({});
      expect(first.handoffs).toHaveLength(100);
      const second = await store.query({ cursor: first.cursor ?? '' });
      expect([...first.handoffs, ...second.handoffs].map(idOf)).toEqual(ids);
      expect(second.cursor).toBeUndefined();
    },
  },
  {
    name: 'shows each handoff once while others are appended',
    async run({ store }) {
      const before = await fill(store, 9);
      let from = 9;
      const append = async () => {
        if (from >= 15) return;
        await fill(store, 2, from);
        from += 2;
        await extend(store, 't0', 'h0', 'accepted');
      };
      const oldest = (await readPages(store, { limit: 2 }, append)).flat();
      expect(oldest).toEqual(Array.from({ length: 15 }, (_, i) => `h${i}`));
      from = 15;
      const late = async () => void (await fill(store, 1, from++));
      const newest = (await readPages(store, { limit: 4, first: 'newest' }, late)).flat();
      expect(newest).toEqual([...before, ...oldest.slice(9)].toReversed());
    },
  },
  {
    name: 'skips none while the handoffs of earlier pages change their status',
    async run({ store }) {
      for (const first of ['oldest', 'newest'] as const) {
        const ids = Array.from({ length: 7 }, (_, i) => `${first}-${i}`);
        for (const id of ids) await extend(store, `t-${id}`, id, 'requested');
        const cancel = async (page: readonly string[]) => {
          for (const id of page) await extend(store, `t-${id}`, id, 'cancelled');
        };
        const query = { status: 'requested', limit: 2, first } as const;
        const seen = (await readPages(store, query, cancel)).flat();
        expect(seen).toEqual(first === 'oldest' ? ids : ids.toReversed());
        expect(await store.query({ status: 'requested' })).toEqual({ handoffs: [] });
      }
    },
  },
  {
    name: 'rejects a limit or a cursor that is none',
    async run({ store }) {
      await fill(store, 3);
      const bad = [{ limit: 0 }, { limit: -1 }, { limit: 1.5 }, { limit: Number.NaN }];
      for (const query of [...bad, { cursor: '' }, { cursor: 'no cursor' }]) {
        await expect(store.query(query), JSON.stringify(query)).rejects.toThrow();
      }
    },
  },
];
