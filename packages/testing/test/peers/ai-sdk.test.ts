import { createHandoffAgent, createHandoffManager } from '@agent-handoff/core';
import { expect, test } from 'vitest';
import { acceptedModels } from './accepted-models.ts';
import { toolResults } from './tool-results.ts';

const model = acceptedModels();

test.each([['at once', false] as const, ['one by one', true] as const])(
  'the AI SDK tells two transfers of one turn both "ok", and the last silently wins: here the first wins and the last is refused, %s',
  async (_, oneByOne) => {
    const billing = model(['Refunded.']);
    const shipping = model([]);
    const toolCalls = [{ name: 'transfer_to_billing' }, { name: 'transfer_to_shipping' }];
    const manager = createHandoffManager({
      agents: [
        createHandoffAgent({
          id: 'triage',
          model: model([{ toolCalls, oneByOne }]),
          canTransferTo: ['billing', 'shipping'],
        }),
        createHandoffAgent({ id: 'billing', model: billing }),
        createHandoffAgent({ id: 'shipping', model: shipping }),
      ],
    });
    const result = await manager.run({ entry: 'triage', input: 'Hello' });
    expect(result).toMatchObject({ activeAgentId: 'billing', output: 'Refunded.' });
    expect(shipping.calls).toEqual([]);
    const oks = toolResults(billing.calls[0]?.messages ?? []).filter(({ isError }) => !isError);
    expect(oks).toMatchObject([{ name: 'transfer_to_billing' }]);
  },
);

test('the AI SDK leaves the active agent in a closure, where conversations share it: here each has its own', async () => {
  const billing = model('From billing.');
  const triage = model(({ messages }) =>
    JSON.stringify(messages).includes('invoice')
      ? { toolCalls: [{ name: 'transfer_to_billing' }] }
      : 'From triage.',
  );
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model: billing }),
    ],
  });
  const say = (threadId: string, input: string) =>
    manager.run({ entry: 'triage', input, threadId });
  const first = await Promise.all([say('ada', 'About an invoice'), say('bob', 'Hello')]);
  expect(first.map(({ activeAgentId }) => activeAgentId)).toEqual(['billing', 'triage']);
  const second = await Promise.all([say('ada', 'And?'), say('bob', 'And?')]);
  expect(second.map(({ output }) => output)).toEqual(['From billing.', 'From triage.']);
  expect(
    JSON.stringify(triage.calls.map(({ messages }) => messages)).split('invoice'),
  ).toHaveLength(2);
});
