import { existsSync, readFileSync } from 'node:fs';
import { systemClock } from '@agent-handoff/core';
import { seededIds } from '@agent-handoff/testing';
import { describe, expect, it } from 'vitest';
import { sqliteStore } from '../src/index.ts';
import type { Acknowledgement } from './append-worker.ts';
import { desk, distinctTasks, runTask, shapes } from './desk.ts';
import { runTaskWorker } from './run-worker.ts';
import { temporaryFiles } from './temporary-files.ts';

// A process works on a task and is killed at one of its writes. Another one, later than any lease,
// finds what is unfinished and resumes it. With FULL=1 there are 200 tasks: each that differs from the
// others in what it writes is killed at every single write of it, the rest at one that is drawn.

const files = temporaryFiles();
const isFull = process.env['FULL'] === '1';
const seed = Number(process.env['SEED'] ?? (isFull ? Date.now() % 2 ** 31 : 20_261_125));
const tasks = isFull ? 200 : shapes.length;
/** More statements than any task writes. */
const enough = 400;
const later = { ...systemClock, now: () => systemClock.now() + 3_600_000 };

/** Kills a worker at a write; false where the task had ended before it. */
async function killAt(task: number, dieBefore: number): Promise<boolean> {
  const path = files.next();
  const callsFile = `${path}.calls`;
  const end = await runTaskWorker({ path, callsFile, task, dieBefore });
  expect(end.errors).toBe('');
  await using store = sqliteStore({ path });
  const manager = desk({ store, callsFile, clock: later });

  const unfinished = (await manager.history()).filter(({ endedAt }) => endedAt === undefined);
  for (const { handoffId, status } of unfinished) {
    if (status === 'awaiting-approval') {
      await manager.resume(handoffId, { type: 'answer', output: 'Yes.' });
    } else {
      await manager.resume(handoffId);
    }
  }
  // Whoever asked asks again, under the same key; a person who was asked by that answers.
  await runTask(manager, task).catch((thrown) => {
    expect(thrown).toMatchObject({ code: 'INVALID_CONTEXT' });
  });
  for (const { handoffId } of await manager.pending()) {
    await manager.resume(handoffId, { type: 'answer', output: 'Yes.' });
  }

  const entries = await manager.history();
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) {
    expect(entry.endedAt, `${entry.handoffId} is ${entry.status}`).toBeDefined();
    if (entry.result?.status === 'failed' && entry.targetAgentId !== 'broken') {
      expect(entry.result.error.code).toBe('INTERRUPTED');
    }
  }
  const [taskId] = new Set(entries.map((entry) => entry.taskId));
  expect(await manager.verify(taskId ?? '')).toMatchObject({ intact: true, problems: [] });
  const log = await store.readTask(taskId ?? '');
  expect(log.at(-1)?.ledger.reserved).toMatchObject({ handoffs: 0, tokens: 0 });
  expectWhole(
    log.map(({ recordId }) => recordId),
    end.acknowledged,
  );
  expectCalledOnce(callsFile);
  return end.signal === 'SIGKILL';
}

function expectWhole(recordIds: readonly string[], acknowledged: readonly Acknowledgement[]): void {
  const there = new Set(recordIds);
  expect(there.size, 'no record twice').toBe(recordIds.length);
  const told = acknowledged.flatMap((one) => one.recordIds);
  expect(told.filter((id) => !there.has(id))).toEqual([]);
}

/** None of the agents is repeatable: no handoff is worked on twice, but for one that goes on. */
function expectCalledOnce(callsFile: string): void {
  if (!existsSync(callsFile)) return;
  const calls = readFileSync(callsFile, 'utf8').trim().split('\n');
  expect(calls.length).toBe(new Set(calls).size);
}

describe(`a task whose process is killed (seed ${seed})`, () => {
  const ids = seededIds(seed);
  const draw = (below: number): number => Number.parseInt(ids('seed').slice(0, 8), 16) % below;

  it.each(Array.from({ length: tasks }, (_, i) => [shapes[i % shapes.length], i] as const))(
    'ends, or is told as interrupted: %s, task %i',
    async (_, task) => {
      if (!isFull || task >= distinctTasks) {
        expect(await killAt(task, 1 + draw(18))).toBe(true);
        return;
      }
      let kills = 0;
      while (await killAt(task, kills + 1)) kills++;
      expect(kills).toBeGreaterThan(8);
      expect(kills).toBeLessThan(enough);
    },
    600_000,
  );
});
