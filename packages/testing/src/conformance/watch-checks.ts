import type { HandoffRecord, HandoffStore } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { recordsOf } from './record-script.ts';
import type { StoreSubject } from './store-subject.ts';
import { pause, within } from './within.ts';

const limitMs = 2_000;

/** A watch that collects what it sees until it has enough, or is aborted. */
function follow(store: HandoffStore, taskId: string, afterSeq: number, enough: number) {
  const controller = new AbortController();
  const seen: HandoffRecord[] = [];
  const ended = (async () => {
    for await (const record of store.watch(taskId, afterSeq, { signal: controller.signal })) {
      seen.push(record);
      if (seen.length === enough) return;
    }
  })();
  return {
    seen,
    controller,
    ended: () => within(limitMs, `a watch of ${taskId} after ${afterSeq}`, ended),
  };
}

const seqs = (records: readonly HandoffRecord[]): number[] => records.map(({ seq }) => seq);

const append = async (
  store: HandoffStore,
  taskId: string,
  handoffId: string,
  count: number,
): Promise<void> => {
  const log = await store.readTask(taskId);
  const types = Array.from({ length: count }, () => 'accepted' as const);
  const records = await recordsOf(taskId, handoffId, types, log.at(-1));
  expect((await store.append(taskId, log.length, records)).status).toBe('appended');
};

/** Following a task's log as it grows. */
export const watchChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'shows the records after afterSeq, then each new one',
    async run({ store, connect }) {
      const writer = connect ? await connect() : store;
      await append(store, 't', 'h1', 3);
      const all = follow(store, 't', 0, 5);
      const some = follow(store, 't', 2, 3);
      const later = follow(store, 't', 4, 1);
      await pause(10);
      expect(seqs(all.seen)).toEqual([1, 2, 3]);
      await append(writer, 't', 'h1', 1);
      await append(writer, 't', 'h1', 1);
      await Promise.all([all.ended(), some.ended(), later.ended()]);
      expect(all.seen).toEqual(await store.readTask('t'));
      expect(seqs(some.seen)).toEqual([3, 4, 5]);
      expect(seqs(later.seen)).toEqual([5]);
    },
  },
  {
    name: 'waits for a task that does not exist yet',
    async run({ store }) {
      const watch = follow(store, 't', 0, 2);
      await pause(5);
      await append(store, 't', 'h1', 2);
      await watch.ended();
      expect(seqs(watch.seen)).toEqual([1, 2]);
    },
  },
  {
    name: 'ends when its signal aborts: waiting, between records, and before it began',
    async run({ store }) {
      await append(store, 't', 'h1', 2);
      const waiting = follow(store, 't', 0, 99);
      const absent = follow(store, 'none', 0, 99);
      await pause(10);
      waiting.controller.abort();
      absent.controller.abort();
      await Promise.all([waiting.ended(), absent.ended()]);
      expect(seqs(waiting.seen)).toEqual([1, 2]);
      await append(store, 't', 'h1', 1);
      await pause(5);
      expect(seqs(waiting.seen)).toEqual([1, 2]);

      const never = follow(store, 't', 0, 99);
      never.controller.abort();
      await never.ended();
      const controller = new AbortController();
      const seen: number[] = [];
      const between = (async () => {
        for await (const { seq } of store.watch('t', 0, { signal: controller.signal })) {
          seen.push(seq);
          controller.abort();
        }
      })();
      await within(limitMs, 'a watch aborted between records', between);
      expect(seen).toEqual([1]);
    },
  },
  {
    name: 'shows an aborted watcher nothing where the signal was aborted before',
    async run({ store }) {
      await append(store, 't', 'h1', 2);
      const seen: number[] = [];
      const body = (async () => {
        const signal = AbortSignal.abort();
        for await (const { seq } of store.watch('t', 0, { signal })) seen.push(seq);
      })();
      await within(limitMs, 'a watch with an aborted signal', body);
      expect(seen).toEqual([]);
    },
  },
  {
    name: 'loses and repeats nothing, for many watchers that begin while others append',
    async run({ store, connect }) {
      const writer = connect ? await connect() : store;
      const total = 60;
      const watches: { watch: ReturnType<typeof follow>; afterSeq: number }[] = [];
      for (let written = 0; written < total; written += 3) {
        const begin = (afterSeq: number) =>
          watches.push({ watch: follow(store, 't', afterSeq, total - afterSeq), afterSeq });
        begin(0);
        begin(Math.floor(written / 2));
        begin(written + 1);
        await append(writer, 't', `h${written}`, 3);
        if (written % 4 === 0) await pause(1);
      }
      for (const { watch, afterSeq } of watches) {
        await watch.ended();
        expect(seqs(watch.seen)).toEqual(
          Array.from({ length: total - afterSeq }, (_, i) => afterSeq + 1 + i),
        );
      }
    },
  },
  {
    name: 'shows the records of its own task only',
    async run({ store }) {
      const a = follow(store, 'a', 0, 3);
      const b = follow(store, 'b', 0, 2);
      await pause(5);
      await append(store, 'a', 'h1', 1);
      await append(store, 'b', 'h2', 2);
      await append(store, 'a', 'h1', 2);
      await Promise.all([a.ended(), b.ended()]);
      expect(new Set(a.seen.map(({ taskId }) => taskId))).toEqual(new Set(['a']));
      expect(new Set(b.seen.map(({ taskId }) => taskId))).toEqual(new Set(['b']));
    },
  },
  {
    name: 'holds no watcher back for one that stands still',
    async run({ store }) {
      await append(store, 't', 'h1', 1);
      const controller = new AbortController();
      const still = store.watch('t', 0, controller)[Symbol.asyncIterator]();
      await still.next();
      const quick = follow(store, 't', 0, 3);
      await append(store, 't', 'h1', 2);
      await quick.ended();
      expect((await within(limitMs, 'the next record', still.next())).value?.seq).toBe(2);
      expect((await within(limitMs, 'the next record', still.next())).value?.seq).toBe(3);
      controller.abort();
      expect((await within(limitMs, 'the end', still.next())).done).toBe(true);
    },
  },
];
