import { expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';

it('a run that begins with a handoff which was only requested is recorded once, for all its steps', async () => {
  const triage = scriptedAgent('triage', calling([['transfer_to_billing', {}]]), {
    canTransferTo: ['billing'],
  });
  const { manager, store, expectEnded } = managed({
    agents: [triage, scriptedAgent('billing', 'Refunded.')],
  });
  const context = await manager.createHandoff({ target: 'triage', task: 'Refund' });
  expect(await manager.run(context)).toMatchObject({ status: 'completed', output: 'Refunded.' });
  const records = await store.readTask(context.taskId);
  const digest = records[1]?.runDigest;
  expect(digest).toEqual(expect.any(String));
  expect(records.map(({ type, runDigest }) => [type, runDigest])).toEqual([
    ['requested', undefined],
    ['accepted', digest],
    ['completed', undefined],
    ['requested', digest],
    ['accepted', undefined],
    ['completed', undefined],
  ]);
  await expectEnded(context.taskId);
});
