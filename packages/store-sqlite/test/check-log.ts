import { verifyCustody } from '@agent-handoff/core';
import type { HandoffStore } from '@agent-handoff/core/store';
import { expect } from 'vitest';
import type { Acknowledgement } from './append-worker.ts';

/**
 * Checks a task against what was acknowledged: each of those records is there, none twice, each append
 * is there as a whole, its bodies too, and the log verifies.
 *
 * @returns how many records are there that nobody acknowledged.
 */
export async function checkLog(
  store: HandoffStore,
  taskId: string,
  acknowledged: readonly Acknowledgement[],
): Promise<number> {
  const log = await store.readTask(taskId);
  const there = log.map(({ recordId }) => recordId);
  const told = acknowledged.filter((one) => one.taskId === taskId);
  const ids = new Set(there);
  expect(there, `records of ${taskId}, none twice`).toHaveLength(ids.size);
  expect(told.flatMap(({ recordIds }) => recordIds).filter((id) => !ids.has(id))).toEqual([]);
  for (const id of there) {
    // What goes in one append comes in one piece.
    if (id.endsWith('/requested')) expect(ids).toContain(id.replace('/requested', '/accepted'));
  }
  const digests = new Set<string>();
  for (const { contextDigest, outcomeDigest } of log) {
    digests.add(contextDigest);
    if (outcomeDigest !== undefined) digests.add(outcomeDigest);
  }
  const bodies = (await store.readBodies(taskId, [...digests])).filter(
    (body) => body !== undefined,
  );
  expect(bodies).toHaveLength(digests.size);
  expect((await verifyCustody(log, { bodies })).problems).toEqual([]);
  return there.length - told.flatMap(({ recordIds }) => recordIds).length;
}
