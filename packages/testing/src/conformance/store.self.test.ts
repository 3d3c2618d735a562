import { memoryStore } from '@agent-handoff/core';
import {
  type HandoffQuery,
  type HandoffRecord,
  type HandoffStore,
  memoryThreads,
  type ThreadStore,
} from '@agent-handoff/core/store';
import { describe, expect, test } from 'vitest';
import { type ConformanceResult, runConformance } from './conformance-check.ts';
import { handoffStoreChecks } from './describe-handoff-store.ts';
import { threadChecks } from './thread-checks.ts';

// Stores with one fault each: the suite must see every one, and no check may be without a fault that
// it sees.

type Fault = (good: HandoffStore) => Partial<HandoffStore>;

const cursorOf = (offset: number, end: number) => (offset < end ? { cursor: String(offset) } : {});

/** A fault of the threads alone. */
function threadsWith(fault: (good: ThreadStore) => Partial<ThreadStore>): Fault {
  return ({ threads = memoryThreads() }) => ({ threads: { ...threads, ...fault(threads) } });
}

/** All handoffs that match, then a page of them by offset: the mistake of many stores. */
async function byOffset(good: HandoffStore, query: HandoffQuery) {
  const { cursor = '0', limit = 100, ...rest } = query;
  const all = await good.query({ ...rest, limit: 10_000 });
  const end = Number(cursor) + limit;
  const handoffs = all.handoffs.slice(Number(cursor), end);
  return { handoffs, ...cursorOf(end, all.handoffs.length) };
}

const faults: Readonly<Record<string, readonly [sees: string, fault: Fault]>> = {
  'loses the last record of an append': [
    'gives back what was appended',
    (good) => ({
      append: (id, seq, records, options) => good.append(id, seq, records.slice(0, -1), options),
    }),
  ],
  'changes a record': [
    'keeps logs that verify',
    (good) => ({
      readTask: async (id) =>
        (await good.readTask(id)).map((record) => ({ ...record, target: 'other' })),
    }),
  ],
  'overwrites on a conflict': [
    'answers a wrong expectedSeq with the log',
    (good) => ({
      append: async (id, _seq, records, options) =>
        good.append(id, (await good.readTask(id)).length, records, options),
    }),
  ],
  'answers a conflict without the log': [
    'answers a wrong expectedSeq with the log',
    (good) => ({
      async append(...input) {
        const answer = await good.append(...input);
        return answer.status === 'conflict' ? { ...answer, records: [] } : answer;
      },
    }),
  ],
  'throws on a conflict in a task that does not exist': [
    'answers a conflict with an empty log',
    (good) => ({
      async append(...input) {
        const answer = await good.append(...input);
        if (answer.status === 'conflict' && answer.records.length === 0) throw new Error('no task');
        return answer;
      },
    }),
  ],
  'forgets keys': [
    'appends once under one key',
    (good) => ({
      append: (id, seq, records, { key: _, ...options } = {}) =>
        good.append(id, seq, records, options),
    }),
  ],
  'looks at the first slot only': [
    'appends once for each slot',
    (good) => ({
      append: (id, seq, records, { slots = [], ...options } = {}) =>
        good.append(id, seq, records, { ...options, slots: slots.slice(0, 1) }),
    }),
  ],
  'looks for conflicts before known keys': [
    'answers a known key or slot before a conflict',
    (good) => ({
      async append(id, seq, records, options) {
        const log = await good.readTask(id);
        if (log.length !== seq) return { status: 'conflict', records: log };
        return good.append(id, seq, records, options);
      },
    }),
  ],
  'shares keys between tasks': [
    'keeps keys, slots and bodies of tasks apart',
    (good) => {
      const keys = new Set<string>();
      return {
        async append(id, seq, records, options) {
          const key = options?.key;
          if (key !== undefined && keys.has(key)) return { status: 'known', records: [] };
          const answer = await good.append(id, seq, records, options);
          if (key !== undefined) keys.add(key);
          return answer;
        },
      };
    },
  ],
  'requests a handoff in every task that asks for it': [
    'requests a handoff in one task only',
    (good) => {
      const tasks = new Map([['a', good]]);
      const storeOf = (id: string) => tasks.get(id) ?? memoryStore();
      return {
        append(id, ...rest) {
          tasks.set(id, storeOf(id));
          return storeOf(id).append(id, ...rest);
        },
        readTask: (id) => storeOf(id).readTask(id),
      };
    },
  ],
  'leaves out unknown bodies': [
    'reads bodies in the order of the digests',
    (good) => ({
      readBodies: async (id, digests) =>
        (await good.readBodies(id, digests)).filter((body) => body !== undefined),
    }),
  ],
  'keeps the bodies of an append that it refused': [
    'answers a wrong expectedSeq with the log',
    (good) => {
      const kept = new Map<string, never>();
      return {
        append(id, seq, records, options) {
          for (const body of options?.bodies ?? []) kept.set(body.digest, body as never);
          return good.append(id, seq, records, options);
        },
        readBodies: async (_id, digests) => digests.map((digest) => kept.get(digest)),
      };
    },
  ],
  'reads, waits and then appends': [
    'lets exactly one of 100 simultaneous appends at one place',
    (good) => ({
      async append(id, seq, records, options) {
        const log = await good.readTask(id);
        if (log.length !== seq) return good.append(id, seq, records, options);
        await Promise.resolve();
        await good.append(id, (await good.readTask(id)).length, records, options);
        return { status: 'appended' };
      },
    }),
  ],
  'says appended where somebody else had the key': [
    'lets exactly one of 100 simultaneous appends with one key',
    (good) => ({
      async append(...input) {
        const answer = await good.append(...input);
        return answer.status === 'known' ? { status: 'appended' } : answer;
      },
    }),
  ],
  'says appended where it met a conflict': [
    'loses no append of writers',
    (good) => ({
      async append(...input) {
        const answer = await good.append(...input);
        return answer.status === 'conflict' ? { status: 'appended' } : answer;
      },
    }),
  ],
  'appends record by record': [
    'leaves nothing of an append that failed',
    (good) => ({
      async append(id, seq, records, options) {
        const [first, ...rest] = records;
        const answer = await good.append(id, seq, first ? [first] : [], options);
        if (answer.status !== 'appended' || rest.length === 0) return answer;
        return good.append(id, seq + 1, rest);
      },
    }),
  ],
  'keeps tasks in a plain object': [
    'knows nothing of ids that were never written',
    (good) => {
      const tasks: Record<string, readonly HandoffRecord[]> = {};
      return { readTask: async (id) => tasks[id] ?? (await good.readTask(id)) };
    },
  ],
  'takes the first task for every handoff': [
    'finds the task of every handoff',
    (good) => ({
      findTask: async (id) => ((await good.findTask(id)) === undefined ? undefined : 'a'),
    }),
  ],
  'compares ids without their case': [
    'takes any text as an id',
    (good) => ({
      append: (id, ...rest) => good.append(id.toLowerCase(), ...rest),
      readTask: (id) => good.readTask(id.toLowerCase()),
    }),
  ],
  'cuts long ids': [
    'takes any text as an id',
    (good) => ({
      append: (id, ...rest) => good.append(id.slice(0, 255), ...rest),
      readTask: (id) => good.readTask(id.slice(0, 255)),
    }),
  ],
  'gives its own array away': [
    'gives arrays that belong to the caller',
    (good) => {
      const logs = new Map<string, readonly HandoffRecord[]>();
      return {
        async readTask(id) {
          const log = logs.get(id) ?? (await good.readTask(id));
          logs.set(id, log);
          return log;
        },
      };
    },
  ],
  'shows a second connection nothing': [
    'shows what was appended to every reader, through every connection',
    () => ({}),
  ],
  'lists tasks one after the other': [
    'lists whole handoffs in the order of their requests',
    (good) => ({
      async query(query) {
        const page = await good.query(query);
        const taskOf = (log: readonly HandoffRecord[]) => log[0]?.taskId ?? '';
        return {
          ...page,
          handoffs: page.handoffs.toSorted((a, b) => taskOf(a).localeCompare(taskOf(b))),
        };
      },
    }),
  ],
  'ignores the task of a query': [
    'lists the handoffs of one task only',
    (good) => ({ query: ({ taskId: _, ...query }) => good.query(query) }),
  ],
  'ignores the status of a query': [
    'lists handoffs by the status',
    (good) => ({ query: ({ status: _, ...query }) => good.query(query) }),
  ],
  'gives a cursor on the last page': [
    'gives pages without gaps and repeats',
    (good) => ({
      async query(query) {
        const page = await good.query(query);
        const full = page.handoffs.length === (query.limit ?? 100);
        return full && page.cursor === undefined ? { ...page, cursor: '999999' } : page;
      },
    }),
  ],
  'gives 50 handoffs by default': [
    'gives 100 handoffs where no limit is said',
    (good) => ({ query: (query) => good.query({ limit: 50, ...query }) }),
  ],
  'pages by offset': [
    'shows each handoff once while others are appended',
    (good) => ({ query: (query) => byOffset(good, query) }),
  ],
  'pages a filtered list by offset': [
    'skips none while the handoffs of earlier pages change their status',
    (good) => ({ query: (query) => byOffset(good, query) }),
  ],
  'begins anew at a cursor that is none': [
    'rejects a limit or a cursor that is none',
    (good) => ({
      query: ({ cursor = '0', ...query }) =>
        good.query(
          /^\d+$/.test(cursor) ? { ...query, ...(cursor === '0' ? {} : { cursor }) } : query,
        ),
    }),
  ],
  'ignores the thread of a query': [
    'lists the handoffs of one thread',
    (good) => ({ query: ({ threadId: _, ...query }) => good.query(query) }),
  ],
  'ignores the status of a query for a thread': [
    'lists the handoffs of one thread',
    (good) => ({
      query: ({ status, ...query }) =>
        good.query(query.threadId === undefined && status ? { ...query, status } : query),
    }),
  ],
  'takes a record about a task for a step of a handoff': [
    'keeps records about a task in its log',
    (good) => ({
      async query(query) {
        const page = await good.query(query);
        const handoffs = page.handoffs.map(async ([first]) =>
          (await good.readTask(first?.taskId ?? '')).filter(
            ({ handoffId }) => handoffId === first?.handoffId,
          ),
        );
        return { ...page, handoffs: await Promise.all(handoffs) };
      },
    }),
  ],
  'lets a record about a task say where a handoff stands': [
    'keeps records about a task in its log',
    (good) => ({
      async query(query) {
        const page = await good.query(query);
        if (query.status !== 'running') return page;
        const log = await good.readTask('t');
        return log.at(-1)?.type === 'joined' ? { handoffs: [] } : page;
      },
    }),
  ],
  'erases nothing': [
    'erases bodies with an append',
    (good) => ({
      append: (id, seq, records, { erase: _, ...options } = {}) =>
        good.append(id, seq, records, options),
    }),
  ],
  'erases the records as well': [
    'erases bodies with an append',
    (good) => {
      const erased = new Set<string>();
      return {
        append(id, seq, records, options) {
          for (const digest of options?.erase ?? []) erased.add(digest);
          return good.append(id, seq, records, options);
        },
        readTask: async (id) =>
          (await good.readTask(id)).map((record) =>
            erased.has(record.contextDigest) ? { ...record, contextDigest: '' } : record,
          ),
      };
    },
  ],
  'erases before it appends': [
    'erases nothing with an append that writes nothing',
    (good) => {
      const erased = new Set<string>();
      return {
        append(id, seq, records, options) {
          for (const digest of options?.erase ?? []) erased.add(digest);
          return good.append(id, seq, records, options);
        },
        readBodies: async (id, digests) =>
          (await good.readBodies(id, digests)).map((body) =>
            body && erased.has(body.digest) ? undefined : body,
          ),
      };
    },
  ],
  'keeps one body for all tasks': [
    'erases bodies of its own task only',
    (good) => ({ readBodies: (_id, digests) => good.readBodies('a', digests) }),
  ],
  'prunes the youngest first': [
    'prunes tasks that ended before a time',
    (good) => ({
      async prune(query) {
        const all = [];
        for (const id of ['a', 'b', 'c', 'd']) all.push(...(await good.readTask(id)).slice(-1));
        const youngest = all.toSorted((a, b) => b.at.localeCompare(a.at)).at(query.limit ?? 9);
        return good.prune(youngest ? { endedBefore: youngest.at } : query);
      },
    }),
  ],
  'prunes in the order in which tasks began': [
    'prunes tasks that ended before a time',
    (good) => {
      const pruned = new Set<string>();
      return {
        async prune({ limit = 9 }) {
          let count = 0;
          for (const id of ['a', 'b', 'c', 'd']) {
            if (count === limit || pruned.has(id)) continue;
            pruned.add(id);
            count++;
          }
          return count;
        },
        readTask: async (id) => (pruned.has(id) ? [] : good.readTask(id)),
      };
    },
  ],
  'prunes what ended at that very moment': [
    'prunes tasks that ended before a time',
    (good) => ({
      prune: ({ endedBefore, ...query }) =>
        good.prune({ ...query, endedBefore: new Date(Date.parse(endedBefore) + 1).toISOString() }),
    }),
  ],
  'prunes tasks whose newest record is an end': [
    'prunes no task with an open handoff',
    (good) => {
      const pruned = new Set<string>();
      return {
        async prune(query) {
          if ((await good.readTask('two')).at(-1)?.type !== 'completed') return good.prune(query);
          pruned.add('two');
          return 1;
        },
      };
    },
  ],
  'keeps bodies and keys of pruned tasks': [
    'prunes all that belongs to a task',
    (good) => {
      const kept = new Map<string, never>();
      return {
        append(id, seq, records, options) {
          for (const body of options?.bodies ?? []) kept.set(body.digest, body as never);
          return good.append(id, seq, records, options);
        },
        readBodies: async (_id, digests) => digests.map((digest) => kept.get(digest)),
      };
    },
  ],
  'knows the keys of pruned tasks': [
    'prunes all that belongs to a task',
    (good) => {
      const keys = new Set<string>();
      return {
        async append(id, seq, records, options) {
          const name = `${id} ${options?.key}`;
          if (keys.has(name)) return { status: 'known', records: [] };
          if (options?.key !== undefined) keys.add(name);
          return good.append(id, seq, records, options);
        },
      };
    },
  ],
  'numbers handoffs anew after pruning': [
    'goes on with the pages of a query while tasks are pruned',
    (good) => {
      let pruned = 0;
      return {
        async prune(query) {
          pruned += await good.prune(query);
          return pruned;
        },
        async query({ cursor, ...query }) {
          if (cursor === undefined) return good.query(query);
          return good.query({ ...query, cursor: String(Number(cursor) + pruned) });
        },
      };
    },
  ],
  'prunes 1,000 where the limit is none': [
    'rejects a limit or a time of pruning that is none',
    (good) => ({
      prune: ({ endedBefore, limit }) =>
        good.prune({ endedBefore, ...(limit && limit >= 1 ? { limit } : {}) }),
    }),
  ],
  'takes any text for a time': [
    'rejects a limit or a time of pruning that is none',
    (good) => ({
      prune: async ({ endedBefore, ...query }) =>
        Number.isNaN(Date.parse(endedBefore)) ? 0 : good.prune({ ...query, endedBefore }),
    }),
  ],
  'overwrites threads': [
    'writes a thread where its version is the expected one',
    threadsWith((good) => ({
      writeThread: async (id, _version, json) =>
        good.writeThread(id, (await good.readThread(id))?.version ?? 0, json),
    })),
  ],
  'begins a thread at any version': [
    'writes a thread where its version is the expected one',
    threadsWith((good) => ({
      writeThread: async (id, version, json) =>
        good.writeThread(id, (await good.readThread(id)) ? version : 0, json),
    })),
  ],
  'reads the version of a thread, waits and then writes': [
    'lets exactly one of 100 simultaneous writers of a thread',
    threadsWith((good) => ({
      async writeThread(id, expected, json) {
        const version = (await good.readThread(id))?.version ?? 0;
        if (version !== expected) return false;
        await Promise.resolve();
        await good.writeThread(id, (await good.readThread(id))?.version ?? 0, json);
        return true;
      },
    })),
  ],
  'empties a thread instead of forgetting it': [
    'forgets a deleted thread',
    threadsWith((good) => ({
      async deleteThread(id) {
        const thread = await good.readThread(id);
        return thread ? good.writeThread(id, thread.version, 'null') : false;
      },
    })),
  ],
  'begins a thread at version 1 again': [
    'writes nothing over a thread that was begun anew',
    threadsWith(() => {
      const threads = new Map<string, { json: string; version: number }>();
      return {
        readThread: async (id) => threads.get(id),
        async writeThread(id, expected, json) {
          if ((threads.get(id)?.version ?? 0) !== expected) return false;
          threads.set(id, { json, version: expected + 1 });
          return true;
        },
        deleteThread: async (id) => threads.delete(id),
      };
    }),
  ],
  'says deleted where there was no thread': [
    'forgets a deleted thread',
    threadsWith((good) => ({
      async deleteThread(id) {
        await good.deleteThread(id);
        return true;
      },
    })),
  ],
  'keeps threads under trimmed ids': [
    'takes any text as the id of a thread',
    threadsWith((good) => ({
      readThread: (id) => good.readThread(id.trim()),
      writeThread: (id, ...rest) => good.writeThread(id.trim(), ...rest),
    })),
  ],
  'shows threads on one connection only, not a second connection': [
    'shows threads through every connection',
    () => ({}),
  ],
  'watches from the beginning': [
    'shows the records after afterSeq',
    (good) => ({ watch: (id, _after, options) => good.watch(id, 0, options) }),
  ],
  'ends the watch of an unknown task': [
    'waits for a task that does not exist yet',
    (good) => ({
      async *watch(id, after, options) {
        if ((await good.readTask(id)).length > 0) yield* good.watch(id, after, options);
      },
    }),
  ],
  'throws when a watch is aborted': [
    'ends when its signal aborts',
    (good) => ({
      async *watch(id, after, options) {
        yield* good.watch(id, after, options);
        options.signal.throwIfAborted();
      },
    }),
  ],
  'looks at the signal after the first batch': [
    'shows an aborted watcher nothing',
    (good) => ({
      async *watch(id, after, options) {
        const log = await good.readTask(id);
        for (const record of log.slice(after)) yield record;
        yield* good.watch(id, Math.max(after, log.length), options);
      },
    }),
  ],
  'watches late': [
    'loses and repeats nothing',
    (good) => ({
      async *watch(id, after, options) {
        const log = await good.readTask(id);
        for (const record of log.slice(after)) yield record;
        await new Promise((resolve) => setTimeout(resolve, 2));
        const late = (await good.readTask(id)).length;
        yield* good.watch(id, Math.max(after, late), options);
      },
    }),
  ],
  'watches all tasks': [
    'shows the records of its own task only',
    (good) => ({ watch: (_id, after, options) => good.watch('a', after, options) }),
  ],
  'ends a watch when records come while nobody reads': [
    'holds no watcher back',
    (good) => ({
      async *watch(id, after, options) {
        for await (const record of good.watch(id, after, options)) {
          yield record;
          const log = await good.readTask(id);
          if (log.length > record.seq + 1) return;
        }
      },
    }),
  ],
};

/** A good store with some methods replaced. */
function broken(fault: Fault): HandoffStore {
  const good = memoryStore();
  const whole: HandoffStore = {
    append: (...input) => good.append(...input),
    readTask: (id) => good.readTask(id),
    findTask: (id) => good.findTask(id),
    readBodies: (...input) => good.readBodies(...input),
    query: (query) => good.query(query),
    watch: (...input) => good.watch(...input),
    prune: (query) => good.prune(query),
    ...(good.threads ? { threads: good.threads } : {}),
  };
  return { ...whole, ...fault(good) };
}

const failed = (results: readonly ConformanceResult[]): string[] =>
  results.flatMap(({ name, error }) => (error === undefined ? [] : [name]));

describe('the suite of stores sees a store that', () => {
  test.concurrent.each(Object.entries(faults))('%s', async (name, [sees, fault]) => {
    const isSeen = handoffStoreChecks.filter((check) => check.name.startsWith(sees));
    expect(isSeen).toHaveLength(1);
    const results = await runConformance(isSeen, () => ({
      store: broken(fault),
      ...(name.includes('second connection') ? { connect: () => memoryStore() } : {}),
    }));
    expect(failed(results)).toHaveLength(1);
  });

  test('has a fault for each of its checks', () => {
    const seen = Object.values(faults).map(([sees]) => sees);
    const unseen = handoffStoreChecks.filter(({ name }) => !seen.some((s) => name.startsWith(s)));
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });

  test('has no threads, unless that is said', async () => {
    const { threads: _, ...store } = broken(() => ({}));
    const results = await runConformance(threadChecks, () => ({ store }));
    expect(failed(results)).toHaveLength(threadChecks.length);
  });

  test('has no fault, and finds none', async () => {
    const results = await runConformance(handoffStoreChecks, () => ({ store: broken(() => ({})) }));
    expect(failed(results)).toEqual([]);
    expect(results).toHaveLength(handoffStoreChecks.length);
  });
});
