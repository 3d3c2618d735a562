import { createHandoffManager, type HandoffStore } from '@agent-handoff/core';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';
import { instantAgents, routingAgents } from './instant-agents.ts';

/** Two calls of `executeHandoff`, the second with the first as its parent. Records are kept. */
export function executedHandoffs(batch: number, store: HandoffStore): Contender {
  const name = 'agent-handoff, executeHandoff';
  const manager = createHandoffManager({ agents: instantAgents(), store });
  const taskIds: string[] = [];
  return {
    name,
    batch,
    async run() {
      const { task, triage, billing } = scenario;
      const first = await manager.executeHandoff({ target: triage.id, task });
      const second = await manager.executeHandoff({ target: billing.id, task, parent: first });
      expectAnswer(name, second.output);
      taskIds.push(second.taskId);
    },
    verify: () => verifyTasks(manager, taskIds),
  };
}

/** The same two handoffs as one `chainHandoff`, which also keeps what it was asked for: a body more. */
export function chainedHandoffs(batch: number, store: HandoffStore): Contender {
  const name = 'agent-handoff, chainHandoff';
  const manager = createHandoffManager({ agents: instantAgents(), store });
  const taskIds: string[] = [];
  return {
    name,
    batch,
    async run() {
      const { task, triage, billing } = scenario;
      const result = await manager.chainHandoff({ targets: [triage.id, billing.id], task });
      expectAnswer(name, result.output);
      taskIds.push(result.taskId);
    },
    verify: () => verifyTasks(manager, taskIds, inOneRun),
  };
}

/** `run`: triage's model calls the transfer tool, billing's model answers. Records are kept. */
export function routedHandoffs(batch: number, store: HandoffStore): Contender {
  const name = 'agent-handoff, run';
  const manager = createHandoffManager({ agents: routingAgents(), store });
  const taskIds: string[] = [];
  return {
    name,
    batch,
    async run() {
      const { task, triage, billing } = scenario;
      const result = await manager.run({ entry: triage.id, input: task });
      expectAnswer(name, result.activeAgentId === billing.id ? result.output : undefined);
      taskIds.push(result.taskId);
    },
    verify: () => verifyTasks(manager, taskIds, inOneRun),
  };
}

/** What two calls write: two handoffs, each requested, accepted and completed, with context and outcome. */
const inTwoCalls = { records: 6, bodies: 4 };
/** One run also keeps what it takes to be resumed. */
const inOneRun = { records: 6, bodies: 5 };

async function verifyTasks(
  manager: { verify: ReturnType<typeof createHandoffManager>['verify'] },
  taskIds: readonly string[],
  expected = inTwoCalls,
): Promise<string> {
  for (const taskId of taskIds) {
    const { intact, problems, records, bodies } = await manager.verify(taskId);
    if (intact && records === expected.records && bodies === expected.bodies) continue;
    throw new Error(
      `Task ${taskId} has ${records} records and ${bodies} bodies: ${JSON.stringify(problems)}`,
    );
  }
  return `${taskIds.length} tasks verified`;
}
