import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { until } from '../../test/turns.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund' } as const;
const lost = {
  code: 'STORE_FAILED',
  retryable: false,
  message: expect.stringContaining(
    'The handoff "handoff-1" is not in the store any more: raise the store\'s maxTasks, or use a store that keeps it.',
  ),
  details: { handoffId: 'handoff-1' },
};

/** Two processes; what the second would write comes when the first has ended the task and dropped it. */
function desk(script = () => 'Refunded.') {
  const store = memoryStore();
  const first = managed({ agents: [scriptedAgent('billing')], store, ids: countingIds('-b') });
  let isDropped = false;
  const dropping: HandoffStore = {
    ...faultyStore(store),
    async append(...given) {
      const task = await store.readTask('task-1');
      if (task.length > 0 && !isDropped) {
        isDropped = true;
        await first.manager.cancel('handoff-1');
        await store.prune({ endedBefore: '2027-01-01T00:00:00Z' });
      }
      return store.append(...given);
    },
  };
  const billing = scriptedAgent('billing', script);
  return { ...managed({ agents: [billing], store: dropping }), billing };
}

describe('a handoff whose task was ended and dropped by another process meanwhile', () => {
  it('can’t be begun, and its agent is not called', async () => {
    const { manager, billing } = desk();
    const context = await manager.createHandoff(toBilling);
    expect(await manager.executeHandoff(context)).toMatchObject({ status: 'failed', error: lost });
    expect(billing.calls).toEqual([]);
  });

  it('can’t be cancelled', async () => {
    const { manager } = desk();
    const { handoffId } = await manager.createHandoff(toBilling);
    await expect(manager.cancel(handoffId)).rejects.toMatchObject(lost);
  });

  it('can’t be ended: its answer is in the error', async () => {
    const { manager, billing } = desk();
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    expect(await running).toMatchObject({
      status: 'failed',
      error: { ...lost, details: { ...lost.details, outcome: { output: 'Refunded.' } } },
    });
  });
});
