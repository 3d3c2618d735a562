import {
  createHandoffManager,
  type HandoffStore,
  type HandoffTool,
  message,
  unwrap,
} from '@agent-handoff/core';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';
import { instantAgents, routingAgents, transferringModel } from './instant-agents.ts';

/**
 * One handoff out of triage's own turn, which an application runs by itself: its model calls a tool,
 * and the tool calls `executeHandoff`. Two model turns, one handoff. Records are kept.
 */
export function handoffFromTool(batch: number, store: HandoffStore): Contender {
  const name = 'agent-handoff, executeHandoff in a tool';
  const { task, triage, billing } = scenario;
  const manager = createHandoffManager({ agents: instantAgents(), store });
  const model = transferringModel(`transfer_to_${billing.id}`);
  const { signal } = new AbortController();
  const taskIds: string[] = [];
  return {
    name,
    batch,
    async run() {
      let answer = '';
      const transfer: HandoffTool = {
        name: `transfer_to_${billing.id}`,
        description: 'Hands the conversation to billing.',
        inputSchema: { type: 'object', properties: {} },
        async execute() {
          const result = await manager.executeHandoff({
            source: triage.id,
            target: billing.id,
            task,
          });
          taskIds.push(result.taskId);
          answer = unwrap(result).output;
          return { output: answer, endsTurn: true };
        },
      };
      await model.generate({
        systemPrompt: triage.systemPrompt,
        messages: [message.user(task)],
        tools: [transfer],
        signal,
      });
      expectAnswer(name, answer);
    },
    verify: () => verifyTasks(manager, taskIds, inOneCall),
  };
}

/**
 * Two calls of `executeHandoff`, the second with the first as its parent: the request's way to triage
 * is a handoff too. Records are kept.
 */
export function executedHandoffs(batch: number, store: HandoffStore): Contender {
  const name = 'agent-handoff, executeHandoff twice';
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

/**
 * `run`: triage's model calls the transfer tool, billing's model answers. Two handoffs, as with
 * {@link executedHandoffs}. Records are kept.
 */
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

/** A handoff is requested, accepted and completed, with a context and an outcome. */
const inOneCall = { records: 3, bodies: 2 };
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
