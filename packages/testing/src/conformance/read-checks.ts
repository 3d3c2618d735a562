import type { HandoffRecord } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { hostileIds } from './hostile-ids.ts';
import { bodyOf, recordsOf } from './record-script.ts';
import type { StoreSubject } from './store-subject.ts';

/** Reads, ids and what a reader may do with an answer. */
export const readChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'knows nothing of ids that were never written',
    async run({ store }) {
      await store.append('t', 0, await recordsOf('t', 'h1', ['requested']));
      for (const id of ['other', ...hostileIds]) {
        expect(await store.readTask(id)).toEqual([]);
        expect(await store.findTask(id)).toBeUndefined();
        expect(await store.readBodies(id, [id])).toEqual([undefined]);
        expect(await store.query({ taskId: id })).toEqual({ handoffs: [] });
      }
      expect(await store.readBodies('t', ['__proto__', 'constructor'])).toEqual([
        undefined,
        undefined,
      ]);
    },
  },
  {
    name: 'finds the task of every handoff',
    async run({ store }) {
      const first = await recordsOf('a', 'h1', ['requested']);
      await store.append('a', 0, first);
      await store.append('a', 1, await recordsOf('a', 'h2', ['requested'], first.at(-1)));
      await store.append('b', 0, await recordsOf('b', 'h3', ['requested', 'rejected']));
      const found = await Promise.all(['h1', 'h2', 'h3', 'h4'].map((id) => store.findTask(id)));
      expect(found).toEqual(['a', 'a', 'b', undefined]);
    },
  },
  {
    name: 'takes any text as an id and mixes none up',
    async run({ store }) {
      const logs = new Map<string, readonly HandoffRecord[]>();
      for (const id of hostileIds) {
        const log = await recordsOf(id, `h-${id}`, ['requested']);
        const options = { key: id, slots: [`slot-${id}`], bodies: [await bodyOf(id)] };
        expect(await store.append(id, 0, log, options)).toEqual({ status: 'appended' });
        logs.set(id, log);
      }
      for (const [id, log] of logs) {
        expect(await store.readTask(id)).toEqual(log);
        expect(await store.findTask(`h-${id}`)).toBe(id);
        expect(await store.query({ taskId: id })).toEqual({ handoffs: [log] });
        expect((await store.append(id, 1, log, { key: id })).status).toBe('known');
        expect((await store.append(id, 1, log, { slots: [`slot-${id}`] })).status).toBe('known');
      }
      const [one = ''] = hostileIds;
      for (const key of hostileIds) {
        const more = await recordsOf(one, `h-${one}`, ['accepted']);
        const answer = await store.append(one, 0, more, { key });
        expect(answer.status).toBe(key === one ? 'known' : 'conflict');
      }
    },
  },
  {
    name: 'gives arrays that belong to the caller, and keeps none of the ones it was given',
    async run({ store }) {
      const given = [...(await recordsOf('t', 'h1', ['requested', 'accepted']))];
      const log = [...given];
      const bodies = [await bodyOf('kept')];
      const body = bodies[0] as (typeof bodies)[0];
      await store.append('t', 0, given, { key: 'k', bodies });
      given.length = 0;
      bodies.length = 0;

      const known = await store.append('t', 2, log, { key: 'k' });
      const conflict = await store.append('t', 0, log);
      const page = await store.query({});
      const answers: readonly (readonly unknown[])[] = [
        await store.readTask('t'),
        known.status === 'known' ? known.records : [],
        conflict.status === 'conflict' ? conflict.records : [],
        page.handoffs,
        page.handoffs[0] ?? [],
        await store.readBodies('t', [body.digest]),
      ];
      for (const answer of answers) {
        expect(answer.length).toBeGreaterThan(0);
        (answer as unknown[]).splice(0, answer.length, 'changed');
      }
      expect(await store.readTask('t')).toEqual(log);
      expect(await store.query({})).toEqual({ handoffs: [log] });
      expect(await store.readBodies('t', [body.digest])).toEqual([body]);
    },
  },
  {
    name: 'shows what was appended to every reader, through every connection',
    async run({ store, connect, reopen }) {
      const body = await bodyOf('kept');
      const log = await recordsOf('t', 'h1', ['requested', 'accepted']);
      await store.append('t', 0, log, { key: 'k', slots: ['s'], bodies: [body] });
      for (const open of [connect, reopen]) {
        if (!open) continue;
        const other = await open();
        expect(await other.readTask('t')).toEqual(log);
        expect(await other.findTask('h1')).toBe('t');
        expect(await other.readBodies('t', [body.digest])).toEqual([body]);
        expect(await other.query({})).toEqual({ handoffs: [log] });
        expect((await other.append('t', 0, log, { key: 'k' })).status).toBe('known');
        expect((await other.append('t', 0, log, { slots: ['s'] })).status).toBe('known');
        expect((await other.append('t', 0, log)).status).toBe('conflict');
      }
      const last = reopen ? await reopen() : store;
      const more = await recordsOf('t', 'h1', ['completed'], log.at(-1));
      expect(await last.append('t', 2, more)).toEqual({ status: 'appended' });
      expect(await last.readTask('t')).toEqual([...log, ...more]);
    },
  },
];
