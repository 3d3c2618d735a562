import { createHandoffAgent, createHandoffManager } from '@agent-handoff/core';
import { type RoleId, roles } from '../roles.ts';
import type { Stage } from '../stage.ts';

/** The manager of part 9: a desk with its specialists, and three levels of support. */
export function createPatternManager({ slots, store }: Stage) {
  const role = <Id extends RoleId>(id: Id) => ({ id, ...roles[id], model: slots.b(id) });
  const intake = createHandoffAgent({
    ...role('intake'),
    canTransferTo: ['payments-engineer', 'network-engineer', 'backup-engineer'],
  });
  const paymentsEngineer = createHandoffAgent(role('payments-engineer'));
  const networkEngineer = createHandoffAgent(role('network-engineer'));
  const backupEngineer = createHandoffAgent(role('backup-engineer'));
  const level1 = createHandoffAgent({ ...role('level-1'), canEscalateTo: ['level-2'] });
  const level2 = createHandoffAgent({ ...role('level-2'), canEscalateTo: ['level-3'] });
  const level3 = createHandoffAgent(role('level-3'));
  return createHandoffManager({
    agents: [intake, paymentsEngineer, networkEngineer, backupEngineer, level1, level2, level3],
    store,
  });
}

/** What {@link createPatternManager} makes. */
export type PatternManager = ReturnType<typeof createPatternManager>;
