import { appendFileSync } from 'node:fs';
import type { Clock, HandoffManager } from '@agent-handoff/core';
import { createHandoffManager, createPersonAgent, type HandoffAgent } from '@agent-handoff/core';
import type { HandoffStore } from '@agent-handoff/core/store';

/** A desk of agents that work by themselves, and write down each call of theirs. */
export interface DeskOptions {
  readonly store: HandoffStore;
  /** A line for each call of an agent: `<handoffId> <attempt's number in this file>`. */
  readonly callsFile: string;
  readonly clock?: Clock;
}

/** What a task does, by its number: each of these shapes in turn, of two targets, of three, of four. */
export const shapes = ['route', 'chain', 'parallel', 'failover', 'approval', 'delegate'] as const;

/** From this number on they begin again. */
export const distinctTasks = 3 * shapes.length;

/** One of {@link shapes}. */
export type Shape = (typeof shapes)[number];

/** A manager whose agents route, delegate, fail and wait as a task needs it. */
export function desk({ store, callsFile, clock }: DeskOptions): HandoffManager {
  const agent = (
    id: string,
    work: HandoffAgent['receiveHandoff'] = async () => ({
      status: 'completed',
      output: `${id} is done`,
    }),
    declared: Partial<HandoffAgent> = {},
  ): HandoffAgent => ({
    id,
    name: id,
    ...declared,
    async receiveHandoff(context, options) {
      appendFileSync(callsFile, `${context.handoffId}\n`);
      return work(context, options);
    },
  });
  const calls =
    (tool: string, input: object): HandoffAgent['receiveHandoff'] =>
    async (_context, { tools = [], signal = new AbortController().signal, resumeFrom } = {}) => {
      if (resumeFrom) return { status: 'completed', output: 'went on' };
      const found = tools.find(({ name }) => name === tool);
      const result = await found?.execute(input as never, { toolCallId: 'call-1', signal });
      return { status: 'completed', output: result?.endsTurn ? '' : String(result?.output) };
    };
  return createHandoffManager({
    agents: [
      agent('triage', calls('transfer_to_billing', { task: 'Settle it' }), {
        canTransferTo: ['billing'],
      }),
      agent('lead', calls('delegate_to_billing', { task: 'Settle it' }), {
        canDelegateTo: ['billing'],
      }),
      agent('billing'),
      agent('mail'),
      agent('broken', async () => Promise.reject(new Error('down'))),
      createPersonAgent({ id: 'person' }),
    ],
    store,
    ...(clock ? { clock } : {}),
  });
}

/** Runs one task; its key makes it the same one in every process. */
export async function runTask(manager: HandoffManager, number: number): Promise<void> {
  const shape = shapes[number % shapes.length] as Shape;
  const options = { idempotencyKey: `task-${number}` };
  const task = `Task ${number}`;
  const more = ['billing', 'mail'].slice(0, Math.floor(number / shapes.length) % 3);
  switch (shape) {
    case 'route':
      await manager.run({ entry: 'triage', input: task, threadId: `thread-${number}` }, options);
      break;
    case 'chain':
      await manager.chainHandoff({ targets: ['billing', 'mail', ...more], task }, options);
      break;
    case 'parallel':
      await manager.parallelHandoff({ targets: ['billing', 'mail', ...more], task }, options);
      break;
    case 'failover':
      await manager.failoverHandoff(
        { targets: ['broken', ...more.map(() => 'broken'), 'mail'], task },
        options,
      );
      break;
    case 'approval': {
      const waiting = await manager.chainHandoff(
        { targets: ['person', 'mail', ...more], task },
        options,
      );
      await manager.resume(waiting.handoffId, { type: 'answer', output: 'Yes.' });
      break;
    }
    case 'delegate':
      await manager.executeHandoff({ target: 'lead', task }, options);
      break;
  }
}
