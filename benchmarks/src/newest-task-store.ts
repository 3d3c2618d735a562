import type { HandoffStore } from '@agent-handoff/core';

type Append = HandoffStore['append'];
type Record = Parameters<Append>[2][number];
type Body = NonNullable<NonNullable<Parameters<Append>[3]>['bodies']>[number];

/**
 * What a store elsewhere costs this process: nothing that stays. It keeps the newest task, for the
 * handoff that continues it, and forgets it when the next one begins.
 */
export function newestTaskStore(): HandoffStore {
  let newest = '';
  let records: Record[] = [];
  let bodies = new Map<string, Body>();
  return {
    async append(taskId, expectedSeq, added, { bodies: sealed = [] } = {}) {
      if (expectedSeq === 0) {
        newest = taskId;
        records = [];
        bodies = new Map();
      }
      if (taskId !== newest || expectedSeq !== records.length) {
        return { status: 'conflict', records: [...records] };
      }
      records.push(...added);
      for (const body of sealed) bodies.set(body.digest, body);
      return { status: 'appended' };
    },
    async readTask(taskId) {
      return taskId === newest ? [...records] : [];
    },
    async findTask(handoffId) {
      return records.some((record) => record.handoffId === handoffId) ? newest : undefined;
    },
    async readBodies(taskId, digests) {
      return digests.map((digest) => (taskId === newest ? bodies.get(digest) : undefined));
    },
    query: () => Promise.reject(unasked()),
    watch: () => {
      throw unasked();
    },
    prune: () => Promise.reject(unasked()),
  };
}

const unasked = (): Error => new Error('No benchmark asks this store for that.');
