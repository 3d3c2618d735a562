import { fromAiSdk } from '@agent-handoff/adapter-vercel-ai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ToolLoopAgent } from 'ai';
import { createRemoteAgent } from '../../src/node.ts';
import { serveHere } from './tell.ts';

const model = createOpenAICompatible({
  name: 'local',
  baseURL: process.env['MODEL_URL'] ?? '',
  apiKey: 'none',
  includeUsage: true,
})('billing-model');
const billing = fromAiSdk(({ tools }) => new ToolLoopAgent({ model, tools }), {
  id: 'billing',
  canDelegateTo: ['ledger'],
});
const ledger = createRemoteAgent({
  id: 'ledger',
  url: `${process.env['LEDGER_URL']}/agents`,
  headers: { authorization: 'Bearer billing' },
  allowHttp: true,
  allowAddresses: ['127.0.0.1'],
});
await serveHere([billing, ledger]);
