import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createHandoffManager, type HandoffAgent, verifyCustody } from '@agent-handoff/core';
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

const refused = await manager.executeHandoff({ target: 'stranger', ...work });
console.log(`a stranger was answered: ${refused.error?.message}`);
assert.equal(refused.status, 'failed');

service.disconnect();
await once(service, 'exit');
console.log('two services: all as it should be');
