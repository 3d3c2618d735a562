/**
 * That handoffs leave nothing behind: a million of them, in tasks of two, on a store that is bounded
 * and on one that is elsewhere. Prints the heap at every tenth of the way, and exits with 1 where it
 * grew. Needs `--expose-gc`. An argument says how many handoffs; default 1,000,000.
 */
import { createHandoffManager, type HandoffStore, memoryStore } from '@agent-handoff/core';
import { instantAgents } from './contenders/instant-agents.ts';
import { newestTaskStore } from './newest-task-store.ts';
import { expectAnswer, scenario } from './scenario.ts';

const handoffs = Number(process.argv[2] ?? 1_000_000);
const checkpoints = 10;

/** What compiled code and half-full lists may add: two bytes a handoff that stay are more. */
const toleranceBytes = 1_500_000;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** The heap that is in use once everything unreachable is gone. */
async function heapInUse(): Promise<number> {
  if (typeof gc !== 'function') throw new Error('Run this with node --expose-gc.');
  // What this turn of the event loop still holds is let go of first.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Runs the handoffs on one store; answers by how much the heap grew from the first tenth on. */
async function growth(name: string, store: HandoffStore): Promise<number> {
  const manager = createHandoffManager({ agents: instantAgents(), store });
  const { task, triage, billing } = scenario;
  const tasks = Math.ceil(handoffs / 2 / checkpoints);
  let first = 0;
  let largest = 0;
  console.log(`\n${name}`);
  for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
    let newest = '';
    for (let i = 0; i < tasks; i++) {
      const parent = await manager.executeHandoff({ target: triage.id, task });
      const last = await manager.executeHandoff({ target: billing.id, task, parent });
      expectAnswer(name, last.output);
      newest = last.taskId;
    }
    const { intact, records } = await manager.verify(newest);
    if (!intact || records !== 6) throw new Error(`Task ${newest} is not as it was written.`);
    const heap = await heapInUse();
    if (checkpoint === 1) first = heap;
    largest = Math.max(largest, heap);
    const done = (checkpoint * tasks * 2).toLocaleString('en');
    console.log(`${done.padStart(12)} handoffs   ${megabytes(heap).padStart(9)}`);
  }
  return largest - first;
}

const stores: readonly (readonly [string, HandoffStore])[] = [
  ['memory store of 1,000 tasks', memoryStore({ maxTasks: 1_000 })],
  ['store elsewhere', newestTaskStore()],
];

for (const [name, store] of stores) {
  const grown = await growth(name, store);
  const flat = grown <= toleranceBytes;
  console.log(`${flat ? 'flat' : 'GROWN'}: at most ${megabytes(grown)} above the first tenth`);
  if (!flat) process.exitCode = 1;
}
