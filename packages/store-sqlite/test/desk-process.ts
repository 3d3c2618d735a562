/** A process of its own with a manager, on a store that it shares; driven by messages. */
import { appendFileSync } from 'node:fs';
import { createHandoffManager, type HandoffAgent, systemClock } from '@agent-handoff/core';
import { sqliteStore } from '../src/index.ts';
import { boundStore } from './bound-store.ts';

/** What a desk is told when it begins. */
export interface DeskOrder {
  /** Of the shared store. */
  readonly path: string;
  /** The file to which the agent adds a line for each call. */
  readonly calls: string;
  readonly repeatable: boolean;
  /** How far its clock is ahead of the machine's. */
  readonly aheadMs: number;
  /** Whether the agent answers only when it is told to. */
  readonly holdsBack: boolean;
}

/** What a desk is told later: to hand work over under this key, or to let its agent answer. */
export type DeskCommand = { readonly key: string } | 'answer';

/** What a desk says. */
export type DeskNews =
  | { readonly at: 'ready' | 'called' | 'waiting' }
  | { readonly at: 'ended'; readonly key: string; readonly result: unknown };

const order = JSON.parse(process.argv[2] as string) as DeskOrder;
const say = (news: DeskNews): void => void process.send?.(news);
const told = Promise.withResolvers<void>();
if (!order.holdsBack) told.resolve();

const billing: HandoffAgent<'billing'> = {
  id: 'billing',
  name: 'billing',
  repeatable: order.repeatable,
  async receiveHandoff({ originalTask }) {
    appendFileSync(order.calls, `${originalTask}\n`);
    say({ at: 'called' });
    await told.promise;
    return { status: 'completed', output: `${originalTask}: done by process ${process.pid}` };
  },
};
const store = sqliteStore({ path: order.path });
const manager = createHandoffManager({
  agents: [billing],
  clock: { ...systemClock, now: () => systemClock.now() + order.aheadMs },
  store: {
    ...boundStore(store),
    watch(...args) {
      say({ at: 'waiting' });
      return store.watch(...args);
    },
  },
});

async function handOver(key: string): Promise<void> {
  const input = { target: 'billing', task: `Refund ${key}` } as const;
  say({ at: 'ended', key, result: await manager.executeHandoff(input, { idempotencyKey: key }) });
}

process.on('message', (command: DeskCommand) => {
  if (command === 'answer') told.resolve();
  else void handOver(command.key);
});
say({ at: 'ready' });
