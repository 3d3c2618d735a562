import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import type { HandoffManager } from '../manager/handoff-manager.ts';
import type { Policy } from '../policy/policy.ts';

const askFirst: Policy = { name: 'ask', decide: () => ({ requireApproval: 'money moves' }) };

describe('a handoff that is approved in its last moment', () => {
  it.each<[string, 'append' | 'findTask', (manager: HandoffManager) => Promise<unknown>, object]>([
    ['looks what waits, and writes', 'append', (manager) => manager.pending(), []],
    ['looks what waits, and reads', 'findTask', (manager) => manager.pending(), []],
    [
      'asks how it stands',
      'append',
      (manager) => manager.resume('handoff-1'),
      { status: 'completed', output: 'Refunded.' },
    ],
    [
      'decides otherwise',
      'append',
      (manager) => manager.resume('handoff-1', { type: 'deny' }),
      { status: 'completed', output: 'Refunded.' },
    ],
  ])('goes on, though whoever %s then finds its time over', async (_, method, ask, answer) => {
    const said = Promise.withResolvers<string>();
    const billing = scriptedAgent('billing', () => said.promise);
    const options = { policies: [askFirst], approvalTimeoutMs: 60_000 };
    const first = managed({ ...options, agents: [billing] });
    const { taskId } = await first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await first.clock.advance(60_000);
    const approved = Promise.withResolvers<unknown>();
    let hasApproved = false;
    const approve = async (): Promise<void> => {
      if (hasApproved) return;
      hasApproved = true;
      approved.resolve(first.manager.resume('handoff-1', { type: 'approve' }));
      await until(() => billing.calls.length === 1);
    };
    const { store } = first;
    const second = managed({
      ...options,
      agents: [scriptedAgent('billing')],
      ids: countingIds('-b'),
      store: {
        ...faultyStore(store),
        async append(...given) {
          if (method === 'append') await approve();
          return store.append(...given);
        },
        async findTask(handoffId) {
          if (method === 'findTask') await approve();
          return store.findTask(handoffId);
        },
      },
    });
    await second.clock.advance(60_001);
    const asked = ask(second.manager);
    await until(() => hasApproved);
    await turns();
    expect((await first.log(taskId)).at(-1)).toBe('accepted user>billing');
    said.resolve('Refunded.');
    expect(await asked).toMatchObject(answer);
    expect(await approved.promise).toMatchObject({ status: 'completed', output: 'Refunded.' });
    await first.expectEnded(taskId);
  });
});
