import { unwrap } from '@agent-handoff/core';
import { mustHold, type Stage } from '../stage.ts';
import type { TeamManager } from './part-4-manager.ts';

/** What was handed on so far; one handoff is asked again. */
export async function part8History({ screen }: Stage, manager: TeamManager): Promise<void> {
  screen.heading('Part 8  History and replay', ['history', 'replay']);
  const all = await manager.history();
  mustHold(
    all.every(({ status }) => status === 'completed'),
    'No handoff was left open.',
  );
  screen.line(
    `${all.length} handoffs in ${new Set(all.map(({ taskId }) => taskId)).size} tasks, all completed. The last three:`,
  );
  const lastThree = await manager.history({ last: 3 });
  for (const { handoffId, sourceAgentId, targetAgentId, reason, context } of lastThree) {
    screen.line();
    screen.line(`${handoffId}, created ${context.createdAt}`);
    screen.line(`${sourceAgentId} → ${targetAgentId}, ${reason}`);
  }

  const newest = lastThree.at(-1);
  mustHold(newest !== undefined, 'The history has a newest handoff.');
  screen.line();
  screen.line(`The newest once more, with the context that it had (${newest.targetAgentId}):`);
  const { recorded, replayed } = await manager.replay(newest.handoffId);
  const entry = await manager.get(replayed.handoffId);
  mustHold(entry?.replayOf === newest.handoffId, 'A replay says what it replays.');
  const same = unwrap(replayed).output === recorded.result?.output;
  screen.line(`${same ? 'The same answer' : 'Another answer'}, in a task of its own.`);
}
