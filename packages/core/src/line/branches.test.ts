import { expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { foldTask } from '../record/task-state.ts';
import { decidedJoin } from './branches.ts';

it('is decided when as many as are needed have completed, or can’t any more', async () => {
  const failing = scriptedAgent('failing', () => {
    throw new Error('out of order');
  });
  const { manager, store } = managed({ agents: [scriptedAgent('a'), scriptedAgent('b'), failing] });
  const parent = await manager.executeHandoff({ target: 'a', task: 'Begin' });
  const of = async (target: 'a' | 'b' | 'failing') =>
    (await manager.executeHandoff({ target, task: 'Go', parent })).handoffId;
  const open = await manager.createHandoff({ target: 'b', task: 'Go', parent });
  const handoffIds = [await of('b'), await of('failing'), open.handoffId, 'not-yet'];
  const task = foldTask(await store.readTask(parent.taskId));
  const decided = (needed: number, refused?: number) =>
    decidedJoin({ needed, handoffIds }, task, refused);
  // One has completed, one has failed, two are open.
  expect([1, 2, 3, 4].map((needed) => decided(needed))).toEqual([
    'made',
    undefined,
    undefined,
    'lost',
  ]);
  expect([1, 2, 3].map((needed) => decided(needed, 1))).toEqual(['made', undefined, 'lost']);
  expect([1, 2].map((needed) => decided(needed, 2))).toEqual(['made', 'lost']);
});
