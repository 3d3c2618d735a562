import { verifyCustody } from '@agent-handoff/core';
import type { HandoffStore, StoredBody } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { bodyOf, recordsOf } from './record-script.ts';
import type { StoreSubject } from './store-subject.ts';

/** Begins a task with a handoff whose context is this body. */
async function begin(store: HandoffStore, taskId: string, body: StoredBody): Promise<void> {
  const fields = { contextDigest: body.digest };
  const records = await recordsOf(taskId, `${taskId}/h`, ['requested'], undefined, fields);
  const answer = await store.append(taskId, 0, records, { key: 'begin', bodies: [body] });
  expect(answer).toEqual({ status: 'appended' });
}

/** The record that says that something of the task was erased. */
async function erasure(store: HandoffStore, taskId: string, digest: string) {
  const head = (await store.readTask(taskId)).at(-1);
  return recordsOf(taskId, `${taskId}/h`, ['erased'], head, { contextDigest: digest, by: 'ada' });
}

/** Bodies that go, records that stay. */
export const eraseChecks: readonly ConformanceCheck<StoreSubject>[] = [
  {
    name: 'erases bodies with an append, for every reader, and the log verifies as before',
    async run({ store, connect }) {
      const erased = await bodyOf('my name is Ada');
      const kept = await bodyOf('kept');
      await begin(store, 't', erased);
      const records = await erasure(store, 't', erased.digest);
      const options = { slots: ['erased'], bodies: [kept], erase: [erased.digest, 'f'.repeat(64)] };
      expect(await store.append('t', 1, records, options)).toEqual({ status: 'appended' });
      for (const reader of [store, ...(connect ? [await connect()] : [])]) {
        const bodies = await reader.readBodies('t', [erased.digest, kept.digest]);
        expect(bodies).toEqual([undefined, kept]);
        const log = await reader.readTask('t');
        expect(log.map(({ type }) => type)).toEqual(['requested', 'erased']);
        expect((await verifyCustody(log)).problems).toEqual([]);
      }
    },
  },
  {
    name: 'erases nothing with an append that writes nothing',
    async run({ store }) {
      const body = await bodyOf('still there');
      await begin(store, 't', body);
      const records = await erasure(store, 't', body.digest);
      const erase = [body.digest];
      expect((await store.append('t', 7, records, { erase })).status).toBe('conflict');
      expect((await store.append('t', 1, records, { erase, key: 'begin' })).status).toBe('known');
      expect(await store.readBodies('t', erase)).toEqual([body]);
    },
  },
  {
    name: 'erases bodies of its own task only',
    async run({ store }) {
      const body = await bodyOf('in two tasks');
      await begin(store, 'a', body);
      await begin(store, 'b', body);
      const records = await erasure(store, 'a', body.digest);
      await store.append('a', 1, records, { erase: [body.digest] });
      expect(await store.readBodies('a', [body.digest])).toEqual([undefined]);
      expect(await store.readBodies('b', [body.digest])).toEqual([body]);
    },
  },
];
