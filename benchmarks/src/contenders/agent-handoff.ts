import {
  createHandoffManager,
  type HandoffManager,
  type HandoffResult,
  type HandoffStore,
  type HandoffTool,
  message,
  unwrap,
} from '@agent-handoff/core';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';
import { instantAgents, routingAgents, transferringModel } from './instant-agents.ts';

const { task, triage, billing } = scenario;

/**
 * One handoff out of triage's own turn, which an application runs by itself: its model calls a tool,
 * and the tool calls `executeHandoff`. Two model turns, one handoff. Records are kept.
 */
export function handoffFromTool(batch: number, store: HandoffStore): Contender {
  const manager = createHandoffManager({ agents: instantAgents(), store });
  const model = transferringModel(`transfer_to_${billing.id}`);
  const { signal } = new AbortController();
  const expected = { records: 3, bodies: 2 };
  return contender('executeHandoff in a tool', batch, manager, expected, async () => {
    let result: HandoffResult | undefined;
    const transfer: HandoffTool = {
      name: `transfer_to_${billing.id}`,
      description: 'Hands the conversation to billing.',
      inputSchema: { type: 'object', properties: {} },
      async execute() {
        result = await manager.executeHandoff({ source: triage.id, target: billing.id, task });
        return { output: unwrap(result).output, endsTurn: true };
      },
    };
    const { systemPrompt } = triage;
    const messages = [message.user(task)];
    await model.generate({ systemPrompt, messages, tools: [transfer], signal });
    return result as HandoffResult;
  });
}

/**
 * Two calls of `executeHandoff`, the second with the first as its parent: the request's way to triage
 * is a handoff too. Records are kept.
 */
export function executedHandoffs(batch: number, store: HandoffStore): Contender {
  const manager = createHandoffManager({ agents: instantAgents(), store });
  return contender('executeHandoff twice', batch, manager, inTwoCalls, async () => {
    const first = await manager.executeHandoff({ target: triage.id, task });
    return manager.executeHandoff({ target: billing.id, task, parent: first });
  });
}

/** The same two handoffs as one `chainHandoff`, which also keeps what it was asked for: a body more. */
export function chainedHandoffs(batch: number, store: HandoffStore): Contender {
  const manager = createHandoffManager({ agents: instantAgents(), store });
  return contender('chainHandoff', batch, manager, inOneRun, () =>
    manager.chainHandoff({ targets: [triage.id, billing.id], task }),
  );
}

/**
 * `run`: triage's model calls the transfer tool, billing's model answers. Two handoffs, as with
 * {@link executedHandoffs}. Records are kept.
 */
export function routedHandoffs(batch: number, store: HandoffStore): Contender {
  const manager = createHandoffManager({ agents: routingAgents(), store });
  return contender('run', batch, manager, inOneRun, () =>
    manager.run({ entry: triage.id, input: task }),
  );
}

/** What a task leaves: a handoff is requested, accepted and completed, with a context and an outcome. */
interface Left {
  readonly records: number;
  readonly bodies: number;
}

const inTwoCalls: Left = { records: 6, bodies: 4 };
/** One run also keeps what it takes to be resumed. */
const inOneRun: Left = { records: 6, bodies: 5 };

function contender(
  what: string,
  batch: number,
  manager: Pick<HandoffManager, 'verify'>,
  expected: Left,
  act: () => Promise<HandoffResult>,
): Contender {
  const name = `agent-handoff, ${what}`;
  const taskIds: string[] = [];
  return {
    name,
    batch,
    async run() {
      const { output, targetAgentId, taskId } = await act();
      expectAnswer(name, targetAgentId === billing.id ? output : undefined);
      taskIds.push(taskId);
    },
    verify: () => verifyTasks(manager, taskIds, expected),
  };
}

async function verifyTasks(
  manager: Pick<HandoffManager, 'verify'>,
  taskIds: readonly string[],
  expected: Left,
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
