import { createHandoffManager, type HandoffAgent, type HandoffModel } from '@agent-handoff/core';
import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { ReceivedHandoff } from './scripted-agent.ts';
import { scriptedAgent } from './scripted-agent.ts';
import { scriptedModel } from './scripted-model.ts';

const billing = scriptedAgent({
  id: 'billing',
  payloadSchema: z.object({ amount: z.number() }),
  dataSchema: z.object({ refunded: z.boolean() }),
  replies: ['Refunded.'],
});

test('a scripted agent has the types of the agent it stands for', () => {
  expectTypeOf(billing.id).toEqualTypeOf<'billing'>();
  expectTypeOf(billing).toExtend<
    HandoffAgent<'billing', { amount: number }, { refunded: boolean }>
  >();
  expectTypeOf(billing.received).toEqualTypeOf<readonly ReceivedHandoff[]>();
  expectTypeOf(scriptedModel(['x'])).toExtend<HandoffModel>();
});

test('a manager of scripted agents knows ids and payloads', () => {
  const manager = createHandoffManager({
    agents: [billing, scriptedAgent({ id: 'triage', replies: [] })],
  });
  void (() => manager.executeHandoff({ target: 'billing', task: 'x', payload: { amount: 7 } }));
  void (() => manager.executeHandoff({ target: 'triage', task: 'x' }));
  // @ts-expect-error There is no such agent.
  void (() => manager.executeHandoff({ target: 'lead', task: 'x' }));
  // @ts-expect-error The amount is a number.
  void (() => manager.executeHandoff({ target: 'billing', task: 'x', payload: { amount: '7' } }));
});

test('a script is made of replies only', () => {
  // @ts-expect-error A number is no reply.
  void (() => scriptedAgent({ id: 'a', replies: [7] }));
  // @ts-expect-error An agent of a script has no model.
  void (() => scriptedAgent({ id: 'a', replies: [], model: scriptedModel([]) }));
  // @ts-expect-error A tool call has a name.
  void (() => scriptedModel([{ toolCalls: [{ input: {} }] }]));
});
