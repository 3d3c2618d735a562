import { expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { inProcessEngine } from '../execution/in-process-engine.ts';

it('fails a handoff that was recorded and that the engine takes for a mistake', async () => {
  const engine = {
    ...inProcessEngine(),
    submit: () => Promise.reject(new HandoffError('INVALID_CONFIGURATION', 'No such run.')),
  };
  const { manager, log, expectEnded } = managed({ agents: [scriptedAgent('billing')], engine });
  const result = await manager.submitHandoff({ target: 'billing', task: 'Refund' });
  expect(result).toMatchObject({
    status: 'failed',
    error: { code: 'INVALID_CONFIGURATION', message: expect.stringContaining('No such run.') },
  });
  expect(await log(result.taskId)).toEqual([
    'requested user>billing',
    'failed user>billing INVALID_CONFIGURATION',
  ]);
  await expectEnded(result.taskId);
});
