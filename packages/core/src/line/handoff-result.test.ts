import { expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { unwrap } from './handoff-result.ts';

it('is the completed result for who wants no other, and the error of any other', async () => {
  const { manager } = managed({
    agents: [
      scriptedAgent('billing', 'Refunded.'),
      scriptedAgent('legal', () => {
        throw new HandoffError('AGENT_FAILED', 'gone', {
          retryable: false,
          details: { shelf: 4 },
        });
      }),
    ],
  });
  const completed = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
  expect(unwrap(completed)).toBe(completed);
  const failed = await manager.executeHandoff({ target: 'legal', task: 'Check' });
  const { taskId, handoffId } = failed;
  let thrown: unknown;
  try {
    unwrap(failed);
  } catch (error) {
    thrown = error;
  }
  expect(HandoffError.isInstance(thrown)).toBe(true);
  expect((thrown as HandoffError).toJSON()).toEqual({
    code: 'AGENT_FAILED',
    message: 'gone',
    retryable: false,
    details: { shelf: 4, taskId, handoffId },
  });
});
