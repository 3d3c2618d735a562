import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromLangChain } from '@agent-handoff/adapter-langchain';
import { createHandoffContext, createHandoffManager, verifyCustody } from '@agent-handoff/core';
import { strictModelServer } from '@agent-handoff/testing/model-server';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { afterEach, describe, expect, it } from 'vitest';
import { contextMediaType } from '../src/index.ts';
import { remoteOf } from './desk.ts';
import { type DeskProcess, start } from './processes/start.ts';

const running: DeskProcess[] = [];
const begin = async (...given: Parameters<typeof start>): Promise<DeskProcess> => {
  const process = await start(...given);
  running.push(process);
  return process;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.close()));
});

describe('two processes on one SQLite file', () => {
  it('run work once that is delivered to both at the same time, many times over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'handoffs-'));
    try {
      const DB = join(folder, 'handoffs.db');
      const desks = await Promise.all([1, 2].map(() => begin('sqlite-desk.ts', { DB })));
      const context = createHandoffContext({
        sourceAgentId: 'triage',
        targetAgentId: 'billing',
        originalTask: 'Refund order 1182',
        handoffChain: ['triage'],
      });
      const request = { target: 'billing', task: 'Refund order 1182' };
      for (const [type, body] of [
        ['application/json', request],
        [contextMediaType, context],
      ] as const) {
        const answers = await Promise.all(
          Array.from({ length: 12 }, async (_, i) => {
            const response = await fetch(`${desks[i % 2]?.url}/agents/handoffs`, {
              method: 'POST',
              headers: {
                authorization: 'Bearer ada',
                'content-type': type,
                'idempotency-key': `once-${type}`,
                prefer: 'wait',
              },
              body: JSON.stringify(body),
            });
            const { handoffId, output } = (await response.json()) as Record<string, unknown>;
            return JSON.stringify([response.status, handoffId, output]);
          }),
        );
        expect(new Set(answers).size).toBe(1);
        expect(answers[0]).toMatch(/^\[200,/);
      }
      expect(desks.flatMap(({ told }) => told)).toHaveLength(2);
    } finally {
      await Promise.all(running.splice(0).map((process) => process.close()));
      await rm(folder, { recursive: true });
    }
  });
});

describe('one task in three processes: LangChain, AI SDK, plain', () => {
  /** What each model answers: it gives its work out, and then says what came of it. */
  const respond = (body: {
    model: string;
    messages: readonly { role: string; content?: unknown }[];
  }) => {
    const last = body.messages.at(-1);
    const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };
    if (last?.role === 'tool') return { content: `${body.model}: ${String(last.content)}`, usage };
    const target = body.model === 'triage-model' ? 'billing' : 'ledger';
    const slow = JSON.stringify(body.messages).includes('slow');
    const task = JSON.stringify({ task: slow ? 'Do it slowly' : 'Do it' });
    return { toolCalls: [{ id: 'call_1', name: `delegate_to_${target}`, arguments: task }], usage };
  };
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('has one chain, one trace, one usage total, a custody that holds, and one abort', async () => {
    await using server = await strictModelServer({ respond: respond as never });
    const plain = await begin('plain-desk.ts');
    const aiSdk = await begin('ai-sdk-desk.ts', { MODEL_URL: server.url, LEDGER_URL: plain.url });
    const model = new ChatOpenAI({
      model: 'triage-model',
      apiKey: 'none',
      configuration: { baseURL: server.url },
    });
    const triage = fromLangChain(({ tools }) => createAgent({ model, tools }), {
      id: 'triage',
      canDelegateTo: ['billing'],
    });
    const here = createHandoffManager({ agents: [triage, remoteOf(aiSdk)] });
    const result = await here.executeHandoff({ target: 'triage', task: 'Refund', traceparent });
    expect(result).toMatchObject({
      status: 'completed',
      output: expect.stringMatching(/^triage-model: .*billing-model: .*Booked under 42\./s),
    });
    expect(plain.told).toEqual([{ handoffChain: ['triage', 'billing'], traceparent }]);
    // Four model calls, and what the plain agent says that it took.
    expect(server.requests()).toHaveLength(4);
    expect(result.usage.totalTokens).toBe(4 * 25 + 307);
    expect(server.problems()).toEqual([]);

    const delegated = (await here.history()).find(
      ({ targetAgentId }) => targetAgentId === 'billing',
    );
    const { handoffId, head: expectedHead } = delegated?.result?.custody ?? {};
    const custody = await fetch(`${aiSdk.url}/agents/handoffs/${handoffId}/custody`, {
      headers: { authorization: 'Bearer ada' },
    });
    const { records } = (await custody.json()) as { records: never[] };
    expect(await verifyCustody(records, { expectedHead: expectedHead ?? '' })).toMatchObject({
      intact: true,
      complete: true,
    });

    const controller = new AbortController();
    const { signal } = controller;
    const aborted = here.executeHandoff({ target: 'triage', task: 'Refund slowly' }, { signal });
    await expect.poll(() => plain.told.length, { timeout: 10_000 }).toBe(2);
    controller.abort();
    expect(await aborted).toMatchObject({ status: 'cancelled' });
    await expect.poll(() => plain.told.at(-1)).toEqual({ aborted: true });
    await expect.poll(() => aiSdk.open()).toBe(0);
    await expect.poll(() => plain.open()).toBe(0);
    expect((await here.history()).filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
  });
});
