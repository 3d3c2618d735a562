import type { HandoffStore, StoredThread, ThreadStore } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { hostileIds } from './hostile-ids.ts';
import type { StoreSubject } from './store-subject.ts';

function threadsOf({ threads }: HandoffStore): ThreadStore {
  if (threads) return threads;
  throw new Error('The store has no threads: pass { threads: false } if that is meant.');
}

/** Conversations, for stores that keep them. */
export const threadChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'writes a thread where its version is the expected one, and nothing where it is not',
    async run({ store }) {
      const threads = threadsOf(store);
      expect(await threads.readThread('t')).toBeUndefined();
      expect(await threads.writeThread('t', 1, '"early"')).toBe(false);
      expect(await threads.readThread('t')).toBeUndefined();
      expect(await threads.writeThread('t', 0, '"first"')).toBe(true);
      expect(await threads.readThread('t')).toEqual({ json: '"first"', version: 1 });
      for (const version of [0, 2, 7]) {
        expect(await threads.writeThread('t', version, '"wrong"')).toBe(false);
      }
      expect(await threads.readThread('t')).toEqual({ json: '"first"', version: 1 });
      expect(await threads.writeThread('t', 1, '"second"')).toBe(true);
      expect(await threads.writeThread('t', 1, '"late"')).toBe(false);
      expect(await threads.readThread('t')).toEqual({ json: '"second"', version: 2 });
    },
  },
  {
    name: 'lets exactly one of 100 simultaneous writers of a thread through, each time',
    async run({ store, connect }) {
      const writers = [threadsOf(store), threadsOf(connect ? await connect() : store)];
      for (const version of [0, 1, 2]) {
        const written = await Promise.all(
          Array.from({ length: 100 }, (_, i) =>
            (writers[i % 2] as ThreadStore).writeThread('t', version, `${i}`),
          ),
        );
        expect(written.filter(Boolean)).toHaveLength(1);
        const json = String(written.indexOf(true));
        for (const reader of writers) {
          expect(await reader.readThread('t')).toEqual({ json, version: version + 1 });
        }
      }
    },
  },
  {
    name: 'forgets a deleted thread, and begins it anew',
    async run({ store }) {
      const threads = threadsOf(store);
      expect(await threads.deleteThread('t')).toBe(false);
      await threads.writeThread('t', 0, '1');
      await threads.writeThread('t', 1, '2');
      await threads.writeThread('other', 0, '3');
      expect(await threads.deleteThread('t')).toBe(true);
      expect(await threads.readThread('t')).toBeUndefined();
      expect(await threads.deleteThread('t')).toBe(false);
      expect(await threads.writeThread('t', 2, '4')).toBe(false);
      expect(await threads.writeThread('t', 0, '5')).toBe(true);
      expect(await threads.readThread('t')).toMatchObject({ json: '5' });
      expect(await threads.readThread('other')).toEqual({ json: '3', version: 1 });
    },
  },
  {
    name: 'writes nothing over a thread that was begun anew for whoever read the one before',
    async run({ store, connect }) {
      const threads = threadsOf(store);
      const other = threadsOf(connect ? await connect() : store);
      const seen: number[] = [];
      for (const json of ['"first"', '"second"', '"third"']) {
        expect(await threads.writeThread('t', 0, json)).toBe(true);
        for (const version of seen) {
          expect(await other.writeThread('t', version, '"late"')).toBe(false);
        }
        const { version } = (await threads.readThread('t')) as StoredThread;
        expect(await other.writeThread('t', version, json)).toBe(true);
        expect(await threads.readThread('t')).toEqual({ json, version: version + 1 });
        seen.push(version, version + 1);
        // Deleted last by a writer that has written less.
        await other.writeThread('short', 0, '0');
        await threads.deleteThread('t');
        await other.deleteThread('short');
      }
      expect(new Set(seen).size).toBe(seen.length);
    },
  },
  {
    name: 'takes any text as the id of a thread and mixes none up',
    async run({ store }) {
      const threads = threadsOf(store);
      for (const id of hostileIds) expect(await threads.readThread(id)).toBeUndefined();
      for (const id of hostileIds) {
        expect(await threads.writeThread(id, 0, JSON.stringify(id))).toBe(true);
      }
      for (const id of hostileIds) {
        expect(await threads.readThread(id)).toEqual({ json: JSON.stringify(id), version: 1 });
      }
    },
  },
  {
    name: 'shows threads through every connection',
    async run({ store, connect, reopen }) {
      await threadsOf(store).writeThread('t', 0, '"größe 慢🚀"');
      for (const open of [connect, reopen]) {
        if (!open) continue;
        const other = threadsOf(await open());
        expect(await other.readThread('t')).toEqual({ json: '"größe 慢🚀"', version: 1 });
        expect(await other.writeThread('t', 0, '0')).toBe(false);
      }
    },
  },
];
