import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Acknowledgement, WorkerOrder } from './append-worker.ts';
import type { TaskOrder } from './task-worker.ts';

/** How a worker ended, and what it had said until then. */
export interface WorkerEnd {
  readonly acknowledged: readonly Acknowledgement[];
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/**
 * Runs a process that appends; resolves when it is gone and all that it said is read.
 *
 * @param killAfter kills it with SIGKILL when it has acknowledged so many appends; it goes on meanwhile.
 */
export function runWorker(order: WorkerOrder, killAfter?: number): Promise<WorkerEnd> {
  return runProgram('append-worker.ts', order, killAfter);
}

/** Runs a process that brings a task to its end, or is killed on the way. */
export function runTaskWorker(order: TaskOrder): Promise<WorkerEnd> {
  return runProgram('task-worker.ts', order);
}

async function runProgram(name: string, order: object, killAfter?: number): Promise<WorkerEnd> {
  const program = join(import.meta.dirname, name);
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const acknowledged: Acknowledgement[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    acknowledged.push(JSON.parse(line) as Acknowledgement);
    if (acknowledged.length === killAfter) child.kill('SIGKILL');
  });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const [[, signal]] = await Promise.all([once(child, 'close'), once(lines, 'close')]);
  return { acknowledged, signal: signal as NodeJS.Signals | null, errors };
}
