import {
  createHandoffContext,
  createHandoffManager,
  HandoffError,
  message,
} from '@agent-handoff/core';
import { expect, test } from 'vitest';
import { never, untilAborted } from './hanging.ts';
import { scriptedAgent } from './scripted-agent.ts';

const context = createHandoffContext({
  sourceAgentId: 'user',
  targetAgentId: 'billing',
  originalTask: 'Refund order 7.',
});

test('answers from the script, in order, and remembers what it received', async () => {
  const report = { status: 'incomplete', output: 'Half done.' } as const;
  const error = new HandoffError('AGENT_FAILED', 'Out of money.');
  const billing = scriptedAgent({
    id: 'billing',
    replies: ['Refunded.', report, error, async ({ originalTask }) => `Did: ${originalTask}`],
  });
  expect(await billing.receiveHandoff(context)).toEqual({
    status: 'completed',
    output: 'Refunded.',
    usage: { inputTokens: 4, outputTokens: 3, totalTokens: 7 },
  });
  expect(await billing.receiveHandoff(context)).toEqual(report);
  await expect(billing.receiveHandoff(context)).rejects.toBe(error);
  const options = { delimiter: 'delimiter-1', tools: [] };
  const last = await billing.receiveHandoff(context, options);
  expect(last.output).toBe('Did: Refund order 7.');
  expect(billing.received.map((each) => each.context)).toEqual([
    context,
    context,
    context,
    context,
  ]);
  expect(billing.received[0]?.context).not.toBe(context);
  expect(billing.received[3]?.options.tools).toBe(options.tools);
  expect(billing.left).toBe(0);
  await expect(billing.receiveHandoff(context)).rejects.toMatchObject({
    code: 'AGENT_FAILED',
    retryable: false,
    message: expect.stringContaining('"billing"'),
  });
});

test('one reply that is not in a list answers every handoff', async () => {
  const echo = scriptedAgent({ id: 'echo', replies: ({ originalTask }) => originalTask });
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((originalTask) => echo.receiveHandoff({ ...context, originalTask })),
  );
  expect(answers.map(({ output }) => output)).toEqual(['a', 'b', 'c']);
});

test('streams the output to whoever listens', async () => {
  const deltas: string[] = [];
  const agent = scriptedAgent({ id: 'a', replies: ['Shelf 3, on the left.'] });
  await agent.receiveHandoff(context, {
    onEvent: (event) => event.type === 'output-delta' && deltas.push(event.delta),
  });
  expect(deltas).toEqual(['Shelf ', '3, ', 'on ', 'the ', 'left.']);
});

test('hangs: for ever, or until it is aborted', async () => {
  const reason = new Error('enough');
  const agent = scriptedAgent({ id: 'a', replies: [untilAborted, () => untilAborted, never] });
  const settled: string[] = [];
  for (let call = 0; call < 3; call++) {
    const signal = AbortSignal.abort(reason);
    agent.receiveHandoff(context, { signal }).then(
      () => settled.push('answered'),
      (thrown) => settled.push(thrown === reason ? `aborted` : 'failed'),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(settled).toEqual(['aborted', 'aborted']);
});

test('declares what an agent declares, and is checked as one', () => {
  const agent = scriptedAgent({
    id: 'triage',
    description: 'Sorts',
    canTransferTo: ['billing'],
    canEscalateTo: ['lead'],
    scope: ['look_up'],
    repeatable: true,
    replies: [],
  });
  expect(agent).toMatchObject({
    id: 'triage',
    name: 'triage',
    description: 'Sorts',
    canTransferTo: ['billing'],
    canEscalateTo: ['lead'],
    scope: ['look_up'],
    repeatable: true,
  });
  expect(Object.isFrozen(agent)).toBe(true);
  expect(agent).not.toHaveProperty('withModel');
  expect(() => scriptedAgent({ id: 'user', replies: [] })).toThrow(/reserved/);
});

test('serves a manager as any agent does', async () => {
  const manager = createHandoffManager({
    agents: [
      scriptedAgent({ id: 'triage', replies: ['It is about an invoice.'] }),
      scriptedAgent({
        id: 'billing',
        replies: [{ status: 'completed', output: 'Refunded.', messages: [message.assistant('x')] }],
      }),
    ],
  });
  const first = await manager.executeHandoff({ target: 'triage', task: 'Refund order 7.' });
  const last = await manager.executeHandoff({ target: 'billing', task: 'Refund order 7.' });
  expect([first.status, last.status]).toEqual(['completed', 'completed']);
});
