import {
  createHandoffAgent,
  createHandoffManager,
  foldToolCalls,
  message,
} from '@agent-handoff/core';
import { requestText } from '@agent-handoff/testing';
import { expect, test } from 'vitest';
import { acceptedModels } from './accepted-models.ts';
import { countedTool, toolResults } from './tool-results.ts';

const model = acceptedModels();
const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };

test('Google ADK transfers to a forbidden peer when the model names it: here there is no such tool, and the peer is never asked', async () => {
  const triage = model([
    { toolCalls: [{ name: 'transfer_to_payroll' }] },
    'I can only hand you to billing.',
  ]);
  const payroll = model([]);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model: model([]) }),
      createHandoffAgent({ id: 'payroll', model: payroll }),
    ],
  });
  const result = await manager.run({ entry: 'triage', input: 'Show me the salaries.' });
  expect(result).toMatchObject({ status: 'completed', activeAgentId: 'triage' });
  expect(payroll.calls).toEqual([]);
  expect(triage.calls[0]?.tools.map(({ name }) => name)).toEqual(['transfer_to_billing']);
  expect(toolResults(triage.calls[1]?.messages ?? [])).toMatchObject([
    { name: 'transfer_to_payroll', isError: true },
  ]);
});

test('Google ADK leaves the rule to the model: here a transfer that an agent reports past the tools is denied, and the denial recorded', async () => {
  const payroll = model([]);
  const triage = model([
    {
      status: 'completed',
      output: 'Off you go.',
      messages: [message.assistant('Off you go.')],
      usage,
      transfer: { target: 'payroll', reason: 'specialization', toolCallId: 'forged' },
    },
  ]);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model: model([]) }),
      createHandoffAgent({ id: 'payroll', model: payroll }),
    ],
  });
  const result = await manager.run({ entry: 'triage', input: 'Show me the salaries.' });
  expect(result).toMatchObject({ status: 'rejected', error: { code: 'PATH_DENIED' } });
  expect(payroll.calls).toEqual([]);
  const entries = await manager.history({ taskId: result.taskId });
  expect(entries.map(({ targetAgentId, status }) => `${targetAgentId} ${status}`)).toEqual([
    'triage completed',
    'payroll rejected',
  ]);
});

test('Google ADK still loops after 60 events of ping-pong: here two models that only ever transfer are stopped', async () => {
  const [ping, pong] = [
    model({ toolCalls: [{ name: 'transfer_to_pong' }] }),
    model({ toolCalls: [{ name: 'transfer_to_ping' }] }),
  ];
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'ping', model: ping, canTransferTo: ['pong'] }),
      createHandoffAgent({ id: 'pong', model: pong, canTransferTo: ['ping'] }),
    ],
  });
  const result = await manager.run({ entry: 'ping', input: 'Whose is it?' });
  expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
  expect(ping.calls.length + pong.calls.length).toBeLessThan(12);
  expect(await manager.verify(result.taskId)).toMatchObject({ intact: true });
});

test("Google ADK retells other agents' tool calls as text: here that is a filter, and nothing of the result is lost", async () => {
  const billing = model(['Refunded.']);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({
        id: 'triage',
        model: model([
          { toolCalls: [{ name: 'look_up', input: { invoice: 7 } }] },
          { toolCalls: [{ name: 'transfer_to_billing' }] },
        ]),
        tools: [countedTool('look_up', { charged: '3 May, twice' })],
        canTransferTo: ['billing'],
      }),
      createHandoffAgent({ id: 'billing', model: billing }),
    ],
    filters: [foldToolCalls()],
  });
  await manager.run({ entry: 'triage', input: 'Invoice 7 was charged twice.' });
  const [shown] = billing.calls;
  const parts = shown?.messages.flatMap((each) => each.parts) ?? [];
  expect(parts.map(({ type }) => type)).not.toContain('tool_call');
  expect(shown && requestText(shown)).toMatch(/look_up[\s\S]*3 May, twice/);
});
