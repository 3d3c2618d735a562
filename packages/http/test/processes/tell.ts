import type { HandoffAgent } from '@agent-handoff/core';
import { desk } from '../desk.ts';

/** Tells the process that started this one. */
export function tell(message: object): void {
  process.send?.(message);
}

/** Serves agents until whoever started this process is gone. */
export async function serveHere(
  agents: readonly HandoffAgent[],
  manage: NonNullable<Parameters<typeof desk>[1]>['manage'] = {},
): Promise<void> {
  const { url, manager } = await desk(agents, { manage });
  const tellOpen = async (): Promise<void> => {
    const entries = await manager.history();
    tell({ open: entries.filter(({ endedAt }) => endedAt === undefined).length });
  };
  process.on('message', () => void tellOpen());
  process.on('disconnect', () => process.exit(0));
  tell({ url });
}
