import { verifyCustody } from '@agent-handoff/core';
import type { AppendResult, HandoffRecord, HandoffStore } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { bodyOf, recordsOf } from './record-script.ts';
import type { StoreSubject } from './store-subject.ts';

/** What a store must refuse to have done: nothing of a rejected append may be left. */
async function expectNothing(store: HandoffStore, taskId: string, digest: string): Promise<void> {
  expect(await store.readTask(taskId)).toEqual([]);
  expect(await store.readBodies(taskId, [digest])).toEqual([undefined]);
}

const statuses = (results: readonly AppendResult[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** Appends, keys, slots and bodies. */
export const appendChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'gives back what was appended, oldest first and unchanged',
    async run({ store }) {
      const first = await recordsOf('t', 'h1', ['requested', 'accepted']);
      expect(await store.append('t', 0, first)).toEqual({ status: 'appended' });
      const second = await recordsOf('t', 'h1', ['completed'], first.at(-1));
      expect(await store.append('t', 2, second)).toEqual({ status: 'appended' });
      expect(await store.readTask('t')).toEqual([...first, ...second]);
    },
  },
  {
    name: 'keeps logs that verify, their bodies included',
    async run({ store }) {
      const body = await bodyOf('größe "慢" 🚀 \u0000 \u2028');
      const [requested] = await recordsOf('t', 'h1', ['requested']);
      await store.append('t', 0, [requested as HandoffRecord], { bodies: [body] });
      const report = await verifyCustody(await store.readTask('t'));
      expect(report.problems).toEqual([]);
      expect(await store.readBodies('t', [body.digest])).toEqual([body]);
    },
  },
  {
    name: 'answers a wrong expectedSeq with the log as it is, and writes nothing',
    async run({ store }) {
      const log = await recordsOf('t', 'h1', ['requested', 'accepted']);
      await store.append('t', 0, log);
      const body = await bodyOf('refused');
      const options = { key: 'k', slots: ['s'], bodies: [body] };
      const more = await recordsOf('t', 'h2', ['requested'], log.at(-1));
      for (const expectedSeq of [0, 1, 3, 1000]) {
        const answer = await store.append('t', expectedSeq, more, options);
        expect(answer).toEqual({ status: 'conflict', records: log });
      }
      expect(await store.readTask('t')).toEqual(log);
      expect(await store.readBodies('t', [body.digest])).toEqual([undefined]);
      expect(await store.findTask('h2')).toBeUndefined();
      // Neither key nor slot was taken.
      expect(await store.append('t', 2, more, options)).toEqual({ status: 'appended' });
    },
  },
  {
    name: 'answers a conflict with an empty log where the task does not exist',
    async run({ store }) {
      const body = await bodyOf('refused');
      const log = await recordsOf('t', 'h1', ['requested']);
      const answer = await store.append('t', 3, log, { bodies: [body] });
      expect(answer).toEqual({ status: 'conflict', records: [] });
      await expectNothing(store, 't', body.digest);
    },
  },
  {
    name: 'appends once under one key',
    async run({ store }) {
      const log = await recordsOf('t', 'h1', ['requested']);
      await store.append('t', 0, log, { key: 'k' });
      const body = await bodyOf('second');
      const again = await recordsOf('t', 'h2', ['requested'], log.at(-1));
      const answer = await store.append('t', 1, again, {
        key: 'k',
        slots: ['new'],
        bodies: [body],
      });
      expect(answer).toEqual({ status: 'known', records: log });
      expect(await store.readTask('t')).toEqual(log);
      expect(await store.readBodies('t', [body.digest])).toEqual([undefined]);
      // The slot of the append that wrote nothing is free.
      expect(await store.append('t', 1, again, { slots: ['new'] })).toEqual({ status: 'appended' });
    },
  },
  {
    name: 'appends once for each slot, also where only one of several is taken',
    async run({ store }) {
      const log = await recordsOf('t', 'h1', ['requested']);
      await store.append('t', 0, log, { slots: ['a', 'b'] });
      const again = await recordsOf('t', 'h2', ['requested'], log.at(-1));
      for (const slots of [['a'], ['b'], ['free', 'b'], ['a', 'free']]) {
        const answer = await store.append('t', 1, again, { slots, key: `key of ${slots}` });
        expect(answer).toEqual({ status: 'known', records: log });
      }
      expect(await store.append('t', 1, again, { slots: ['free'] })).toEqual({
        status: 'appended',
      });
    },
  },
  {
    name: 'answers a known key or slot before a conflict',
    async run({ store }) {
      const log = await recordsOf('t', 'h1', ['requested']);
      await store.append('t', 0, log, { key: 'k', slots: ['s'] });
      for (const options of [{ key: 'k' }, { slots: ['s'] }]) {
        const answer = await store.append('t', 0, log, options);
        expect(answer).toEqual({ status: 'known', records: log });
      }
    },
  },
  {
    name: 'keeps keys, slots and bodies of tasks apart',
    async run({ store }) {
      const body = await bodyOf('of task a');
      const options = { key: 'k', slots: ['s'], bodies: [body] };
      const a = await recordsOf('a', 'h1', ['requested']);
      const b = await recordsOf('b', 'h2', ['requested']);
      expect(await store.append('a', 0, a, options)).toEqual({ status: 'appended' });
      const second = await store.append('b', 0, b, { key: 'k', slots: ['s'] });
      expect(second).toEqual({ status: 'appended' });
      expect(await store.readBodies('b', [body.digest])).toEqual([undefined]);
      expect(await store.readTask('a')).toEqual(a);
      expect(await store.readTask('b')).toEqual(b);
    },
  },
  {
    name: 'requests a handoff in one task only',
    async run({ store, connect }) {
      const other = connect ? await connect() : store;
      const first = await recordsOf('a', 'h1', ['requested', 'accepted']);
      await store.append('a', 0, first);
      const before = await recordsOf('b', 'h2', ['requested']);
      await store.append('b', 0, before);
      const body = await bodyOf('refused');
      const options = { key: 'k', slots: ['s'], bodies: [body] };
      for (const [taskId, log] of [
        ['b', before],
        ['c', []],
      ] as const) {
        const again = await recordsOf(taskId, 'h1', ['requested', 'accepted'], log.at(-1));
        const answer = await other.append(taskId, log.length, again, options);
        expect(answer).toEqual({ status: 'known', records: log });
        expect(await store.readTask(taskId)).toEqual(log);
        expect(await store.readBodies(taskId, [body.digest])).toEqual([undefined]);
      }
      expect(await store.findTask('h1')).toBe('a');
      const page = await store.query({});
      expect(page.handoffs).toEqual([first, before]);
      // Neither key nor slot was taken, and the handoff goes on where it is.
      const next = await recordsOf('b', 'h3', ['requested'], before.at(-1));
      expect(await other.append('b', 1, next, options)).toEqual({ status: 'appended' });
      const end = await recordsOf('a', 'h1', ['completed'], first.at(-1));
      expect(await other.append('a', 2, end)).toEqual({ status: 'appended' });
    },
  },
  {
    name: 'reads bodies in the order of the digests, undefined for unknown ones',
    async run({ store }) {
      const bodies = await Promise.all(['one', 'two', 'three'].map(bodyOf));
      const [one, two, three] = bodies.map(({ digest }) => digest) as [string, string, string];
      const first = await recordsOf('t', 'h1', ['requested']);
      await store.append('t', 0, first, { bodies: bodies.slice(0, 2) });
      const second = await recordsOf('t', 'h1', ['accepted'], first.at(-1));
      await store.append('t', 1, second, { bodies: bodies.slice(1) });
      const read = await store.readBodies('t', [three, 'f'.repeat(64), one, two, one]);
      expect(read).toEqual([bodies[2], undefined, bodies[0], bodies[1], bodies[0]]);
      expect(await store.readBodies('t', [])).toEqual([]);
    },
  },
  {
    name: 'lets exactly one of 100 simultaneous appends at one place through',
    async run({ store, connect }) {
      const stores = [store, connect ? await connect() : store];
      const logs = await Promise.all(
        Array.from({ length: 100 }, (_, i) => recordsOf('t', `h${i}`, ['requested', 'accepted'])),
      );
      const answers = await Promise.all(
        logs.map((log, i) => (stores[i % 2] as HandoffStore).append('t', 0, log)),
      );
      expect(statuses(answers)).toEqual({ appended: 1, conflict: 99 });
      const winner = logs[answers.findIndex(({ status }) => status === 'appended')];
      expect(await store.readTask('t')).toEqual(winner);
      for (const answer of answers) {
        if (answer.status === 'conflict') expect(answer.records).toEqual(winner);
      }
    },
  },
  {
    name: 'lets exactly one of 100 simultaneous appends with one key, or one slot, through',
    async run({ store, connect }) {
      const stores = [store, connect ? await connect() : store];
      for (const options of [{ key: 'k' }, { slots: ['s'] }]) {
        const taskId = `t-${Object.keys(options)[0]}`;
        const logs = await Promise.all(
          Array.from({ length: 100 }, (_, i) =>
            recordsOf(taskId, `${taskId}-h${i}`, ['requested']),
          ),
        );
        const answers = await Promise.all(
          logs.map((log, i) => (stores[i % 2] as HandoffStore).append(taskId, 0, log, options)),
        );
        expect(statuses(answers)).toEqual({ appended: 1, known: 99 });
        expect(await store.readTask(taskId)).toHaveLength(1);
      }
    },
  },
  {
    name: 'loses no append of writers that link again after a conflict',
    async run({ store, connect }) {
      const stores = [store, connect ? await connect() : store];
      const write = async (writer: number): Promise<void> => {
        let log = await store.readTask('t');
        for (;;) {
          const records = await recordsOf('t', `h${writer}`, ['requested', 'accepted'], log.at(-1));
          const at = log.length;
          const answer = await (stores[writer % 2] as HandoffStore).append('t', at, records);
          if (answer.status === 'appended') return;
          log = answer.records;
        }
      };
      await Promise.all(Array.from({ length: 20 }, (_, writer) => write(writer)));
      const log = await store.readTask('t');
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(new Set(log.map(({ handoffId }) => handoffId)).size).toBe(20);
      expect((await verifyCustody(log)).problems).toEqual([]);
    },
  },
  {
    name: 'leaves nothing of an append that failed',
    async run({ store }) {
      const body = await bodyOf('lost');
      const [good, unreadable] = await recordsOf('t', 'h1', ['requested', 'accepted']);
      for (const key of ['handoffId', 'type', 'digest'] as const) {
        const bad = Object.defineProperty({ ...unreadable }, key, {
          enumerable: true,
          get() {
            throw new Error('unreadable');
          },
        }) as HandoffRecord;
        const options = { key: 'k', slots: ['s'], bodies: [body] };
        const failed = await store
          .append('t', 0, [good as HandoffRecord, bad], options)
          .then(() => false)
          .catch(() => true);
        // A store that never reads a member can't fail on it, and has appended.
        if (!failed) return;
        await expectNothing(store, 't', body.digest);
        expect(await store.findTask('h1')).toBeUndefined();
        expect((await store.query({})).handoffs).toEqual([]);
      }
      const log = [good as HandoffRecord];
      const answer = await store.append('t', 0, log, { key: 'k', slots: ['s'] });
      expect(answer).toEqual({ status: 'appended' });
    },
  },
];
