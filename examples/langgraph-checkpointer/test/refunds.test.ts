import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strictModelServer } from '@agent-handoff/testing/model-server';
import { expect, test } from 'vitest';
import { modelEndpoint } from '../src/model-endpoint.ts';
import { runRefunds } from '../src/run-refunds.ts';

test('a high refund waits for a person, over a restart, and is made once', async () => {
  await using endpoint = await modelEndpoint({});
  expect(await runRefunds(endpoint, 'yes')).toEqual({
    question: 'Refund 900?',
    said: [
      'human: Refund 900, please',
      'ai: Done. Refunded 900.',
      'human: Refund 40 too',
      'ai: Done. Refunded 40.',
    ],
    handoffs: ['completed, attempt 2, LangGraph thread customer-1', 'completed, attempt 1'],
    refunded: [900, 40],
    problems: [],
  });
});

test('one that is refused is not made', async () => {
  await using endpoint = await modelEndpoint({});
  const { said, refunded, problems } = await runRefunds(endpoint, 'no');
  expect(said).toContain('ai: Done. It was refused.');
  expect(refunded).toEqual([40]);
  expect(problems).toEqual([]);
});

test('runs as a program', async () => {
  const main = join(import.meta.dirname, '../src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main], { env: {} });
  expect(stdout).toContain('completed, attempt 2');
});

test('notices a model that only says that it refunded', async () => {
  const server = await strictModelServer({ respond: () => ({ content: 'Refunded.' }) });
  await using endpoint = await modelEndpoint({ OPENAI_BASE_URL: server.url });
  const { problems } = await runRefunds(endpoint, 'yes');
  await server.close();
  expect(problems).toContain('Nobody was asked.');
});
