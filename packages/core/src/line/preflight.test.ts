import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { type AgentCall, report, scriptedAgent } from '../../test/scripted-agent.ts';
import { callTools } from '../../test/tool-calls.ts';
import type { HandoffManagerOptions } from '../manager/manager-options.ts';
import type { PolicyRequest } from '../policy/policy.ts';
import { memoryStore } from '../record/memory-store.ts';

/** An agent that tries to transfer; what it is told is in `heard`. */
function desk(options: Pick<HandoffManagerOptions<never>, 'limits' | 'policies' | 'store'> = {}) {
  const heard: string[] = [];
  const triage = scriptedAgent(
    'triage',
    async (call) => {
      const { answers, messages, ended } = await callTools(call, [
        ['transfer_to_billing', { task: 'Look at 7' }],
      ]);
      heard.push(...answers);
      return report({ output: ended ? '' : 'I do it.', messages: ended ? messages : [] });
    },
    { canTransferTo: ['billing'] },
  );
  const billing = scriptedAgent('billing', 'Refunded.');
  return { ...managed({ ...options, agents: [triage, billing] }), heard, billing };
}

describe('a transfer is decided while its agent can still do something else', () => {
  it('under the chain, of which the agent itself is part', async () => {
    const heard: string[] = [];
    const to = (target: string) => async (call: AgentCall) => {
      const { answers, messages, ended } = await callTools(call, [[`transfer_to_${target}`]]);
      heard.push(...answers);
      return report({ output: ended ? '' : 'I do it.', messages: ended ? messages : [] });
    };
    const legal = scriptedAgent('legal');
    const { manager } = managed({
      agents: [
        scriptedAgent('triage', to('billing'), { canTransferTo: ['billing'] }),
        scriptedAgent('billing', to('legal'), { canTransferTo: ['legal'] }),
        legal,
      ],
      maxChain: 1,
    });
    expect(await manager.run({ entry: 'triage', input: 'Refund' })).toMatchObject({
      status: 'completed',
      output: 'I do it.',
      activeAgentId: 'billing',
    });
    expect(heard).toEqual([
      'The conversation was transferred to billing.',
      expect.stringContaining('maxChain'),
    ]);
    expect(legal.calls).toHaveLength(0);
  });

  it('under the budget, with what the agent gives back by then', async () => {
    const none = desk({ limits: { maxHandoffs: 1 } });
    await none.manager.run({ entry: 'triage', input: 'Refund' });
    expect(none.heard).toEqual([
      expect.stringMatching(/maxHandoffs is 1, 1 are used and 0 are .*\(triage 1\)/),
    ]);
    const enough = desk({ limits: { maxHandoffs: 2 } });
    expect(await enough.manager.run({ entry: 'triage', input: 'Refund' })).toMatchObject({
      output: 'Refunded.',
    });
  });

  it('by the policies, which see where it would come from and who stands behind the task', async () => {
    const asked: PolicyRequest[] = [];
    const { manager, heard } = desk({
      policies: [
        {
          name: 'rules',
          decide: (input) => {
            asked.push(input);
            return input.context.targetAgentId === 'billing' ? { deny: 'not today' } : 'permit';
          },
        },
      ],
    });
    const input = { entry: 'triage', input: 'Refund' } as const;
    const { taskId } = await manager.run(input, { principal: 'ada' });
    expect(heard).toEqual(['The policy "rules" refused the handoff to "billing": not today']);
    const [first, next, ...others] = asked;
    expect(others).toEqual([]);
    expect(next).toMatchObject({
      origin: 'own',
      principal: 'ada',
      context: {
        taskId,
        parentIds: [first?.context.handoffId],
        sourceAgentId: 'triage',
        targetAgentId: 'billing',
        reason: 'specialization',
        handoffChain: ['triage'],
        originalTask: 'Look at 7',
        scope: first?.context.scope,
      },
    });
    expect(next?.context.handoffId).not.toBe(first?.context.handoffId);
  });

  it('and throws, with the details of the refusal, in the tool', async () => {
    const signal = new AbortController().signal;
    let thrown: unknown;
    const triage = scriptedAgent(
      'triage',
      async ({ options }) => {
        try {
          await options.tools?.[0]?.execute({}, { toolCallId: 'c', signal });
        } catch (error) {
          thrown = error;
        }
        return 'I do it.';
      },
      { canTransferTo: ['billing'] },
    );
    const agents = [triage, scriptedAgent('billing')];
    const decide = ({ context }: PolicyRequest) =>
      context.targetAgentId === 'billing' ? { deny: 'not today' } : ('permit' as const);
    const { manager } = managed({ agents, policies: [{ name: 'rules', decide }] });
    await manager.run({ entry: 'triage', input: 'Refund' });
    expect(thrown).toMatchObject({
      code: 'POLICY_DENIED',
      details: { policy: 'rules', target: 'billing' },
    });
  });

  it('by policies that are told of nobody where nobody stands behind it', async () => {
    const asked: PolicyRequest[] = [];
    const decide = (input: PolicyRequest) => {
      asked.push(input);
      return 'permit' as const;
    };
    const { manager } = desk({ policies: [{ name: 'rules', decide }] });
    await manager.run({ entry: 'triage', input: 'Refund' });
    expect(asked).toHaveLength(3);
    for (const input of asked) expect(input).not.toHaveProperty('principal');
  });

  it('and is refused, with the task that could not be read, where the store fails', async () => {
    const store = faultyStore(memoryStore());
    const { manager, heard } = desk({ store });
    store.break({ method: 'readTask', when: 'before' });
    const { taskId } = await manager.run({ entry: 'triage', input: 'Refund' });
    expect(heard).toEqual([expect.stringContaining(`read task "${taskId}"`)]);
  });
});
