import { memoryStore } from '@agent-handoff/core';
import { Command, INTERRUPT, MemorySaver } from '@langchain/langgraph';
import type { ModelEndpoint } from './model-endpoint.ts';
import { type Kept, refundDesk } from './refund-desk.ts';

/** What came of two refunds. */
export interface RefundsOutcome {
  /** What the graph asked before it went on. */
  readonly question: unknown;
  /** The whole conversation. */
  readonly said: readonly string[];
  /** The handoffs, with how often each was taken up. */
  readonly handoffs: readonly string[];
  readonly refunded: readonly number[];
  /** What is wrong; nothing where all is as it should be. */
  readonly problems: readonly string[];
}

/** A high refund waits for a person's `decision`, over a restart; a low one on the same thread does not. */
export async function runRefunds(
  endpoint: ModelEndpoint,
  decision: 'yes' | 'no',
): Promise<RefundsOutcome> {
  const kept: Kept = { checkpointer: new MemorySaver(), store: memoryStore(), refunded: [] };
  const thread = { configurable: { thread_id: 'customer-1' } };

  const before = refundDesk(endpoint, kept);
  const paused = await before.graph.invoke({ messages: 'Refund 900, please' }, thread);
  const [asked] = (paused as { [INTERRUPT]?: { value: unknown }[] })[INTERRUPT] ?? [];

  // Another process: nothing is left but what is kept.
  const { graph, manager } = refundDesk(endpoint, kept);
  await graph.invoke(new Command({ resume: decision }), thread);
  const { messages } = await graph.invoke({ messages: 'Refund 40 too' }, thread);

  const entries = await manager.history();
  const expected = decision === 'yes' ? [900, 40] : [40];
  const problems: string[] = [];
  if (asked === undefined) problems.push('Nobody was asked.');
  if (String(kept.refunded) !== String(expected)) problems.push(`Refunded ${kept.refunded}.`);
  if (entries.length !== 2) problems.push(`There were ${entries.length} handoffs instead of two.`);
  for (const { taskId } of entries) {
    problems.push(...(await manager.verify(taskId)).problems.map((each) => JSON.stringify(each)));
  }
  return {
    question: asked?.value,
    said: messages.map(({ type, text }) => `${type}: ${text}`),
    handoffs: entries.map(({ status, attempt, decidedBy }) =>
      [status, `attempt ${attempt}`, ...(decidedBy === undefined ? [] : [decidedBy])].join(', '),
    ),
    refunded: kept.refunded,
    problems,
  };
}
