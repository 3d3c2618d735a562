import { describe, expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { strictEngine } from '../../test/strict-engine.ts';
import { callTools } from '../../test/tool-calls.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

/** The steps by which the two that it waits for are looked at. */
const under = (turn: number) => [`under/${turn}/0/await/1`, `under/${turn}/1/await/1`];

describe('the steps of a run', () => {
  it('have keys of their own, the same for each run', async () => {
    const engine = strictEngine();
    const { manager } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal')],
      engine,
    });
    await manager.executeHandoff(toBilling);
    expect(engine.takeSteps()).toEqual(['open', 'run/1', 'close/1']);
    await manager.chainHandoff({ targets: ['billing', 'legal'], task: 'Refund' });
    expect(engine.takeSteps()).toEqual([
      '1/open',
      '1/run/1',
      '1/close/1',
      '2/open',
      '2/run/1',
      '2/close/1',
    ]);
  });

  it('have them too where it waits again and again for work that was given out', async () => {
    const engine = strictEngine();
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        if (call.call > 2) return 'Done.';
        const { messages } = await callTools(call, [
          ['delegate_to_lead', { task: `Question ${call.call}` }],
          ['delegate_to_legal', { task: `Question ${call.call}` }],
        ]);
        return report({ output: '', messages, ...tokens(1) });
      },
      { canDelegateTo: ['lead', 'legal'] },
    );
    const people = ['lead', 'legal'].map((id) => createPersonAgent({ id }));
    const { manager, expectEnded } = managed({ agents: [triage, ...people], engine });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(engine.takeSteps()).toEqual(['open', 'run/1', 'close/1', 'await/1', ...under(2)]);
    for (let round = 1; round <= 2; round++) {
      const asked = await manager.pending();
      expect(asked).toHaveLength(2);
      // Asked for in between, it still waits.
      expect(await manager.resume(handoffId)).toMatchObject({ status: 'awaiting-approval' });
      expect(engine.takeSteps()).toEqual(['await/1', ...under(2)]);
      for (const { handoffId: id } of asked) {
        await manager.resume(id, { type: 'answer', output: 'Yes.' });
      }
      const goesOn = ['await/1', 'under/2/0/await/1', 'await/1', 'run/2', 'close/2'];
      const waitsAgain = round === 1 ? ['await/2', ...under(3)] : [];
      expect(engine.takeSteps()).toEqual([...goesOn, ...waitsAgain]);
    }
    expect(await manager.resume(handoffId)).toMatchObject({ status: 'completed', output: 'Done.' });
    await expectEnded(taskId);
  });
});

describe('a handoff that is refused before anything is written', () => {
  it('is the user’s where its source was left out', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing')] });
    expect(await manager.executeHandoff({ ...toBilling, parent: 'handoff-9' })).toMatchObject({
      status: 'rejected',
      sourceAgentId: 'user',
      targetAgentId: 'billing',
    });
  });

  it('is cancelled where a tool is called under a signal that was aborted, whatever for', async () => {
    const heard: unknown[] = [];
    const triage = scriptedAgent(
      'triage',
      async ({ options }) => {
        const signal = AbortSignal.abort(new Error('the tool timed out'));
        try {
          await options.tools?.[0]?.execute({ task: 'Refund' }, { toolCallId: 'c', signal });
        } catch (thrown) {
          heard.push((thrown as Error).message);
        }
        return 'Done.';
      },
      { canDelegateTo: ['billing'] },
    );
    const { manager } = managed({ agents: [triage, scriptedAgent('billing')] });
    const { taskId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(heard).toEqual(['The work was not done (CANCELLED): the tool timed out']);
    expect(await manager.history({ taskId })).toHaveLength(1);
  });
});
