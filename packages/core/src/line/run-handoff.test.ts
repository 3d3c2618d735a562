import { expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import type { AgentReport } from '../agent/agent-report.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffContext } from '../context/handoff-context.ts';

it('goes by the context as it was accepted, whatever the agent writes on its own', async () => {
  const receive = async (context: HandoffContext): Promise<AgentReport> => {
    const own = context as { -readonly [Key in keyof typeof context]: (typeof context)[Key] };
    own.taskId = 'elsewhere';
    own.handoffId = 'another';
    own.confidence = 1;
    own.findings = { forged: true };
    (own.handoffChain as string[]).push('somebody');
    (own.metadata as Record<string, unknown>)['forged'] = true;
    return { status: 'completed', output: 'done' };
  };
  const vandal: HandoffAgent = { id: 'vandal', name: 'Vandal', receiveHandoff: receive };
  const { manager } = managed({ agents: [vandal] });
  const findings = { known: { deep: [1] } };
  const result = await manager.executeHandoff({ target: 'vandal', task: 'Write on it', findings });
  expect(result).toMatchObject({
    status: 'completed',
    findings: { known: { deep: [1] }, vandal: 'done' },
  });
  expect(result.taskId).not.toBe('elsewhere');
  expect(result.returnedContext).toMatchObject({ handoffChain: [], metadata: {} });
  expect(await manager.verify(result.taskId)).toMatchObject({ intact: true, records: 3 });
  expect(await manager.get(result.handoffId)).toMatchObject({ status: 'completed' });
});
