import type { TaskState } from '../record/task-state.ts';

/** The branches that a handoff is one of. Plain JSON. */
export interface Branches {
  /** How many have to complete. */
  readonly needed: number;
  /** Of all of them. */
  readonly handoffIds: readonly string[];
}

/**
 * Whether branches are decided: as many as are needed have completed, or so many have not that they
 * can't any more. Undefined while neither is so.
 *
 * @param refused how many were refused before anything of them was recorded.
 */
export function decidedJoin(
  { needed, handoffIds }: Branches,
  { handoffs }: TaskState,
  refused = 0,
): 'made' | 'lost' | undefined {
  const ends = handoffIds.map((id) => handoffs.get(id)?.end?.type);
  const completed = ends.filter((type) => type === 'completed').length;
  if (completed >= needed) return 'made';
  const open = ends.filter((type) => type === undefined).length - refused;
  return completed + open < needed ? 'lost' : undefined;
}
