import type { HandoffResult } from '../line/handoff-result.ts';

/** When branches are joined: all have completed, the first has, or so many have. */
export type Join = 'all' | 'any' | { readonly quorum: number };

/** How many branches have to complete. */
export function neededOf(join: Join, branches: number): number {
  if (join === 'all') return branches;
  return join === 'any' ? 1 : join.quorum;
}

/** The result that a join failed for: what went wrong before what was only cancelled for it. */
export function failedFor(results: readonly HandoffResult[]): HandoffResult {
  const open = results.find(({ status }) => status === 'awaiting-approval');
  const failed = results.find(({ status }) => status === 'failed' || status === 'rejected');
  const cancelled = results.find(({ status }) => status === 'cancelled');
  return (open ?? failed ?? cancelled) as HandoffResult;
}
