import { expect } from 'vitest';
import type { HandoffAgent } from '../src/agent/handoff-agent.ts';
import { createHandoffManager } from '../src/manager/create-handoff-manager.ts';
import type { HandoffManager } from '../src/manager/handoff-manager.ts';
import type { HandoffManagerOptions } from '../src/manager/manager-options.ts';
import type { HandoffRecord } from '../src/record/handoff-record.ts';
import type { HandoffStore } from '../src/record/handoff-store.ts';
import { memoryStore } from '../src/record/memory-store.ts';
import { countingIds } from './counting-ids.ts';
import { ManualClock } from './manual-clock.ts';

/** A manager with its time, its store and a look at its logs in the hands of a test. */
export interface Managed<Agent extends HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  readonly clock: ManualClock;
  readonly store: HandoffStore;
  /** A task's records as `type source>target`, oldest first. */
  log(taskId: string): Promise<readonly string[]>;
  /**
   * Asserts that the task's custody is intact, that each of its handoffs has ended, and that nothing
   * is reserved and no timer waits any more.
   */
  expectEnded(taskId: string): Promise<void>;
}

/** A manager on a clock that stands still, with ids that count. */
export function managed<const Agent extends HandoffAgent>(
  options: Omit<HandoffManagerOptions<Agent>, 'clock'> & { readonly clock?: ManualClock },
): Managed<Agent> {
  const { clock = new ManualClock(), store = memoryStore(), ids = countingIds() } = options;
  const manager = createHandoffManager({ ...options, clock, store, ids });
  return {
    manager,
    clock,
    store,
    async log(taskId) {
      return (await store.readTask(taskId)).map(describeRecord);
    },
    async expectEnded(taskId) {
      expect(await manager.verify(taskId)).toMatchObject({ intact: true, problems: [] });
      const entries = await manager.history({ taskId });
      expect(entries.filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
      const head = (await store.readTask(taskId)).at(-1);
      expect(head?.ledger.reserved).toEqual({ costUsd: 0, handoffs: 0, tokens: 0 });
      expect(clock.waiting).toBe(0);
    },
  };
}

/** A record in a few words. */
export function describeRecord({ type, source, target, errorCode }: HandoffRecord): string {
  return `${type} ${source}>${target}${errorCode === undefined ? '' : ` ${errorCode}`}`;
}
