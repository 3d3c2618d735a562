import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createHandoffAgent,
  createHandoffManager,
  type HandoffResult,
  verifyCustody,
} from '@agent-handoff/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sqliteStore } from '../src/index.ts';
import type { DeskCommand, DeskNews, DeskOrder } from './desk-process.ts';

let root: string;
let children: ChildProcess[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'two-processes-'));
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  rmSync(root, { recursive: true });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A desk in a process of its own, once it is ready. */
async function desk(order: Partial<DeskOrder> = {}) {
  const child = fork(join(import.meta.dirname, 'desk-process.ts'), [
    JSON.stringify({
      path: join(root, 'store.db'),
      calls: join(root, 'calls'),
      repeatable: false,
      aheadMs: 0,
      holdsBack: false,
      ...order,
    } satisfies DeskOrder),
  ]);
  children.push(child);
  const news: DeskNews[] = [];
  const told = new Set<() => void>();
  const tell = (): void => {
    for (const look of told) look();
  };
  child.on('message', (one) => {
    news.push(one as DeskNews);
    tell();
  });
  child.on('exit', tell);

  /** The first news that fits, said before or still to come. */
  function heard(fits: (one: DeskNews) => boolean): Promise<DeskNews> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = news.find(fits);
        if (found) resolve(found);
        else if (child.exitCode !== null) reject(new Error(`the desk ended: ${child.exitCode}`));
        else return;
        told.delete(look);
      };
      told.add(look);
      look();
    });
  }
  const self = {
    tell: (command: DeskCommand) => child.send(command),
    reached: (at: DeskNews['at']) => heard((one) => one.at === at),
    result: async (key: string) => {
      const ended = await heard((one) => one.at === 'ended' && one.key === key);
      return (ended as { readonly result: unknown }).result as HandoffResult;
    },
    handOver: (key: string) => {
      self.tell({ key });
      return self.result(key);
    },
    kill: () => kill(child),
  };
  await self.reached('ready');
  return self;
}

/** One line for each call of the agent, in any process. */
const calls = (): string[] => readFileSync(join(root, 'calls'), 'utf8').trimEnd().split('\n');

/** What the store holds of a task, after it was verified. */
async function recorded({ taskId }: HandoffResult): Promise<string[]> {
  await using store = sqliteStore({ path: join(root, 'store.db') });
  const log = await store.readTask(taskId);
  expect(await verifyCustody(log)).toMatchObject({ intact: true });
  return log.map(({ type, attempt }) => (attempt === undefined ? type : `${type} ${attempt}`));
}

it('two processes, one key: one calls the agent, both have its result', async () => {
  const [a, b] = await Promise.all([desk({ holdsBack: true }), desk({ holdsBack: true })]);
  const results = Promise.all([a.handOver('order-1'), b.handOver('order-1')]);
  const caller = await Promise.race([
    a.reached('called').then(() => a),
    b.reached('called').then(() => b),
  ]);
  // The other one stands by while the agent still runs.
  await (caller === a ? b : a).reached('waiting');
  caller.tell('answer');
  const [first, second] = await results;
  expect(first).toMatchObject({
    status: 'completed',
    output: expect.stringMatching(/^Refund order-1: done/),
  });
  expect(second).toEqual(first);
  const late = await desk();
  expect(await late.handOver('order-1')).toEqual(first);
  expect(calls()).toEqual(['Refund order-1']);
  expect(await recorded(first)).toEqual(['requested', 'accepted 1', 'completed 1']);
});

it('two processes race for each of many keys: one call for each', async () => {
  const desks = await Promise.all([desk(), desk()]);
  const keys = Array.from({ length: 40 }, (_, i) => `order-${i}`);
  const [first, second] = await Promise.all(
    desks.map((each) => Promise.all(keys.map((key) => each.handOver(key)))),
  );
  expect(first?.map(({ status }) => status)).toEqual(keys.map(() => 'completed'));
  expect(second).toEqual(first);
  expect(calls().sort()).toEqual(keys.map((key) => `Refund ${key}`).sort());
});

const pastTheLeaseMs = 10 * 60_000;

it('a process is killed while its agent runs: until the lease ends nobody runs it again', async () => {
  const killed = await desk({ holdsBack: true });
  killed.tell({ key: 'order-1' });
  await killed.reached('called');
  await killed.kill();
  const early = await desk({ repeatable: true });
  early.tell({ key: 'order-1' });
  await early.reached('waiting');
  await early.kill();
  expect(calls()).toHaveLength(1);
});

it('a process is killed while its agent runs: after the lease the handoff ends as INTERRUPTED', async () => {
  const killed = await desk({ holdsBack: true });
  killed.tell({ key: 'order-1' });
  await killed.reached('called');
  await killed.kill();
  const later = await desk({ aheadMs: pastTheLeaseMs });
  const result = await later.handOver('order-1');
  expect(result).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
  expect(calls()).toHaveLength(1);
  expect(await recorded(result)).toEqual(['requested', 'accepted 1', 'failed 1']);
  expect(await (await desk()).handOver('order-1')).toEqual(result);
});

it('a process answers after another one took its handoff for lost: the end that was recorded stands', async () => {
  const slow = await desk({ holdsBack: true });
  const own = slow.handOver('order-1');
  await slow.reached('called');
  const later = await desk({ aheadMs: pastTheLeaseMs });
  const result = await later.handOver('order-1');
  expect(result).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
  slow.tell('answer');
  expect(await own).toEqual(result);
  expect(await recorded(result)).toEqual(['requested', 'accepted 1', 'failed 1']);
});

it('a process is killed while its repeatable agent runs: after the lease it is asked again, once', async () => {
  const killed = await desk({ holdsBack: true, repeatable: true });
  killed.tell({ key: 'order-1' });
  await killed.reached('called');
  await killed.kill();
  const order = { repeatable: true, aheadMs: pastTheLeaseMs };
  const [a, b] = await Promise.all([desk(order), desk(order)]);
  const [result, same] = await Promise.all([a.handOver('order-1'), b.handOver('order-1')]);
  expect(result).toMatchObject({ status: 'completed', output: expect.stringContaining('done') });
  expect(same).toEqual(result);
  expect(calls()).toHaveLength(2);
  expect(await recorded(result)).toEqual(['requested', 'accepted 1', 'accepted 2', 'completed 2']);
});

it('a process cancels what runs in another one: the agent there is stopped at once', async () => {
  const runs = await desk({ holdsBack: true });
  const own = runs.handOver('order-1');
  await runs.reached('called');
  await using store = sqliteStore({ path: join(root, 'store.db') });
  const manager = createHandoffManager({
    agents: [createHandoffAgent({ id: 'billing' })],
    store,
  });
  const [running] = await manager.history({ status: 'running' });
  await manager.cancel(running?.handoffId ?? '');
  // Its agent never answers: nothing but the cancellation can have ended it.
  const result = await own;
  expect(result).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
  expect(await recorded(result)).toEqual(['requested', 'accepted 1', 'cancelled 1']);
});
