import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strictModelServer } from '@agent-handoff/testing/model-server';
import { expect, test } from 'vitest';
import { respond } from '../src/local-model.ts';
import { modelEndpoint } from '../src/model-endpoint.ts';
import { runTriage } from '../src/run-triage.ts';

test('the customer is told what the specialist found, by one recorded handoff', async () => {
  await using endpoint = await modelEndpoint({});
  const { answer, reference, ...outcome } = await runTriage(endpoint);
  expect(answer).toContain(reference);
  expect(outcome).toEqual({ handoffs: ['triage -> billing: completed'], problems: [] });
});

test('runs as a program', async () => {
  const main = join(import.meta.dirname, '../src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main], { env: {} });
  expect(stdout).toContain('triage -> billing: completed');
});

test('notices a model that answers without asking the specialist, and one that forgets', async () => {
  const models = {
    'asks nobody': () => ({ content: 'I think it will be refunded.' }),
    forgets: (body: Parameters<typeof respond>[0]) =>
      body.messages.at(-1)?.role === 'tool' ? { content: 'It is fine.' } : respond(body),
  };
  for (const [model, answers] of Object.entries(models)) {
    const server = await strictModelServer({ respond: answers });
    await using endpoint = await modelEndpoint({ OPENAI_BASE_URL: server.url, MODEL: model });
    const { problems } = await runTriage(endpoint);
    await server.close();
    expect(problems.length).toBeGreaterThan(0);
  }
});
