import { checkOptions } from '../errors/check-options.ts';
import type { HandoffEntry } from '../line/handoff-entry.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import { type ReplayOptions, replayOptions } from './handoff-manager.ts';
import { toReplayInput } from './replay-input.ts';
import { needEntry } from './task-log.ts';
import { newIds } from './to-open-input.ts';
import type { WorkRunner } from './work-runner.ts';

/** Asks again, with the recorded context, in a new task. */
export async function replayHandoff(
  line: Line,
  work: WorkRunner,
  name: string,
  handoffId: string,
  options: ReplayOptions,
): Promise<{ recorded: HandoffEntry; replayed: HandoffResult }> {
  checkOptions('replay', options, replayOptions);
  const { agent, tools = false, signal } = options;
  const recorded = await needEntry(line, handoffId);
  const ids = await newIds(line.ids, name, {});
  if (agent) line.standIns.set(ids.handoffId, agent);
  let waits = false;
  try {
    const open = toReplayInput(recorded, ids, { agentId: agent?.id, tools });
    const replayed = await work.handoff(open, undefined, signal ? { signal } : {});
    waits = replayed.status === 'awaiting-approval';
    return { recorded, replayed };
  } finally {
    // Once it is decided about it is asked here, and nobody in its place.
    if (!waits) line.standIns.delete(ids.handoffId);
  }
}
