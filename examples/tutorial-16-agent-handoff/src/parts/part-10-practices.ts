import type { Stage } from '../stage.ts';
import type { TeamManager } from './part-4-manager.ts';
import type { FinishedChain } from './part-7-chain.ts';
export async function part10Practices(
  _: Stage,
  __: TeamManager,
  ___: FinishedChain,
): Promise<void> {}
