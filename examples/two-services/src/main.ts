import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createHandoffManager, type HandoffAgent, verifyCustody } from '@agent-handoff/core';
import type { RunEntry } from '@agent-handoff/http';
import { createRemoteAgent } from '@agent-handoff/http/node';

const service = fork(join(import.meta.dirname, 'billing-service.ts'), { stdio: 'inherit' });
const [{ url }] = (await once(service, 'message')) as [{ url: string }];
console.log(`billing serves its agent at ${url}`);

const headers = { authorization: 'Bearer key-of-the-shop' };
const reach = { url, allowHttp: true, allowAddresses: ['127.0.0.1'] };
const billing = createRemoteAgent({ id: 'billing', ...reach, headers });
const stranger = createRemoteAgent({ id: 'stranger', agentId: 'billing', ...reach });
const clerk: HandoffAgent = {
  id: 'clerk',
  name: 'Clerk',
  receiveHandoff: async ({ findings }, { findingOrigins } = {}) => ({
    status: 'completed',
    output: `Filed: ${Object.keys(findings).join(', ')}, ${findingOrigins?.['billing']}.`,
  }),
};
const manager = createHandoffManager({ agents: [billing, stranger, clerk] });
const work = { task: 'Refund the order', payload: { order: 1182 } };

const stream = manager.streamHandoff({ target: 'billing', ...work });
let said = '';
for await (const text of stream.textStream) said += text;
const result = await stream.result;
console.log(`billing said: ${said}`);
assert.equal(said, 'Order 1182 is refunded.');
assert.equal(result.status, 'completed');
assert.equal(result.usage.totalTokens, 44);

// Whoever goes on learns that this came from another process.
const filed = await manager.executeHandoff({ target: 'clerk', task: 'File it', parent: result });
console.log(`clerk said: ${filed.output}`);
assert.equal(filed.output, 'Filed: billing, unverified.');

// The other side's records prove what was done there.
const { custody } = result;
assert.ok(custody);
const answer = await fetch(`${url}/handoffs/${custody.handoffId}/custody`, { headers });
const { records } = (await answer.json()) as { records: Parameters<typeof verifyCustody>[0] };
const proof = await verifyCustody(records, { expectedHead: custody.head });
console.log(`${records.length} records over there: intact ${proof.intact}`);
assert.deepEqual([proof.intact, proof.complete], [true, true]);

// A conversation with the service: each answer names who has it now, and the next turn goes there.
const say = async (input: string): Promise<RunEntry> => {
  const response = await fetch(`${url}/runs`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', prefer: 'wait' },
    body: JSON.stringify({ entry: 'desk', input, threadId: 'customer-7' }),
  });
  return (await response.json()) as RunEntry;
};
for (const [input, handoffs] of [
  ['Refund 1183, please.', 2],
  ['And 1184.', 1],
] as const) {
  const { activeAgentId, handoffIds, result: turn } = await say(input);
  console.log(`${input} -> ${activeAgentId}, after ${handoffIds.length} handoffs: ${turn?.output}`);
  assert.deepEqual([activeAgentId, handoffIds.length], ['billing', handoffs]);
}

// The same with a conversation that is kept here, and an agent of it there.
const turn = { entry: 'billing', threadId: 'customer-8' } as const;
const [one, two] = [
  await manager.run({ ...turn, input: 'Refund 1185.' }),
  await manager.run({ ...turn, input: 'And 1186.' }),
];
assert.deepEqual([one.status, two.output], ['completed', 'Order 1186 is refunded.']);
assert.equal((await manager.getThread('customer-8'))?.messages.length, 4);

const refused = await manager.executeHandoff({ target: 'stranger', ...work });
console.log(`a stranger was answered: ${refused.error?.message}`);
assert.equal(refused.status, 'failed');

service.disconnect();
await once(service, 'exit');
console.log('two services: all as it should be');
