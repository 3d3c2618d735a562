import { createHandoffManager, type Policy } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { jsonSchema, type ModelMessage, streamText, type ToolSet, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamHandoffs } from '../../src/index.ts';
import { defineAiSdkAgent } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { beginStream, rawServer } from './raw-server.ts';
import { tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const call = (id: string, name: string) => ({ id, name, arguments: '{"task":"Refund order 7."}' });
const user = (content: string): ModelMessage => ({ role: 'user', content });
const noInput = jsonSchema<object>({ type: 'object' });
const quietly = { onError: () => {} };

export function endingSuite(sdk: Sdk): void {
  describe('how a shared response ends', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());

    const setUp = ({
      policies = [],
      baseURL = server.baseURL,
      tools = {},
    }: {
      policies?: readonly Policy[];
      baseURL?: string;
      tools?: ToolSet;
    } = {}) => {
      const client = sdk.compatible({ baseURL, includeUsage: true });
      const agents = [
        defineAiSdkAgent({
          id: 'triage',
          model: client('small'),
          tools,
          canTransferTo: ['billing'],
          canDelegateTo: ['archive'],
        }),
        defineAiSdkAgent({ id: 'billing', model: client('large') }),
      ];
      const archive = scriptedAgent({
        id: 'archive',
        replies: { status: 'completed', output: 'A lamp.', usage: usage(5) },
      });
      const manager = createHandoffManager({ agents: [...agents, archive], policies });
      /** How the handoffs ended, once they have. */
      const ends = async () => {
        const isOver = ({ status }: { status: string }) =>
          status !== 'running' && status !== 'requested';
        await expect.poll(async () => (await manager.history()).every(isOver)).toBe(true);
        return (await manager.history()).map(
          ({ targetAgentId, status, result }) =>
            `${targetAgentId} ${status} ${result?.error?.code ?? ''} ${result?.usage.totalTokens}`,
        );
      };
      return { manager, agents, ends };
    };

    /** The types of all parts that a page would be sent; what breaks the stream is among them. */
    const seen = async (result: { toUIMessageStream(): ReadableStream<{ type: string }> }) => {
      const types: string[] = [];
      const reader = result.toUIMessageStream().getReader();
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          types.push(next.value.type);
        }
      } catch {
        types.push('broke off');
      }
      return types;
    };

    test('a reader who leaves cancels it, whatever reason the signal has', async () => {
      await using hanging = await rawServer((response) => beginStream(response, 'It is'));
      for (const reason of [undefined, new Error('closed'), 'closed']) {
        const { manager, agents, ends } = setUp({ baseURL: hanging.baseURL });
        const abort = new AbortController();
        const result = streamHandoffs(streamText, {
          manager,
          agents,
          messages: [user('Refund.')],
          abortSignal: abort.signal,
        });
        const types = seen(result);
        await expect.poll(async () => (await manager.history())[0]?.status).toBe('running');
        abort.abort(reason);
        expect((await types).at(-1)).toBe('abort');
        expect(await ends()).toEqual(['triage cancelled CANCELLED 0']);
      }
      await hanging.clientLeft;
    });

    test('a handoff that the manager cancels ends the stream as an abort', async () => {
      await using hanging = await rawServer((response) => beginStream(response, 'It is'));
      const { manager, agents, ends } = setUp({ baseURL: hanging.baseURL });
      const types = seen(
        streamHandoffs(streamText, { manager, agents, messages: [user('Refund.')] }),
      );
      await expect.poll(async () => (await manager.history())[0]?.status).toBe('running');
      await manager.cancel((await manager.history())[0]?.handoffId ?? '');
      expect((await types).at(-1)).toBe('abort');
      expect(await ends()).toEqual(['triage cancelled CANCELLED 0']);
    });

    test('left while a policy decides, a handoff is not begun any more', async () => {
      for (const target of ['triage', 'billing']) {
        const asked = Promise.withResolvers<void>();
        const decided = Promise.withResolvers<void>();
        const slow: Policy = {
          name: 'slow',
          async decide({ context }): Promise<'permit'> {
            if (context.targetAgentId === target) {
              asked.resolve();
              await decided.promise;
            }
            return 'permit';
          },
        };
        const { manager, agents, ends } = setUp({ policies: [slow] });
        server.script([
          { toolCalls: [call('c1', 'transfer_to_billing')] },
          { content: 'Never asked for.' },
        ]);
        const abort = new AbortController();
        const types = seen(
          streamHandoffs(streamText, {
            manager,
            agents,
            messages: [user('Refund.')],
            abortSignal: abort.signal,
          }),
        );
        await asked.promise;
        abort.abort();
        decided.resolve();
        expect((await types).at(-1)).toBe('abort');
        for (const end of await ends()) expect(end).toMatch(/^\w+ cancelled CANCELLED/);
        expect(server.bodies).toHaveLength(target === 'triage' ? 0 : 1);
      }
    });

    test('left while a tool hangs, its handoff is cancelled all the same', async () => {
      const started = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<string>();
      const hang = tool({
        inputSchema: noInput,
        execute: () => {
          started.resolve();
          return finish.promise;
        },
      });
      const { manager, agents, ends } = setUp({ tools: { hang } });
      server.script([{ toolCalls: [call('c1', 'hang')] }]);
      const abort = new AbortController();
      const types = seen(
        streamHandoffs(streamText, {
          manager,
          agents,
          messages: [user('Refund.')],
          abortSignal: abort.signal,
        }),
      );
      await started.promise;
      abort.abort();
      expect(await ends()).toEqual(['triage cancelled CANCELLED 0']);
      finish.resolve('late');
      expect((await types).at(-1)).toBe('abort');
    });

    test('a connection that breaks fails it, and so does a transform that stops the response', async () => {
      await using broken = await rawServer((response) => {
        beginStream(response, 'It is');
        setTimeout(() => response.destroy(), 20);
      });
      const { manager, agents, ends } = setUp({ baseURL: broken.baseURL });
      const messages = [user('Refund.')];
      const broke = seen(
        streamHandoffs(streamText, { manager, agents, messages, maxRetries: 0, ...quietly }),
      );
      expect((await broke).at(-1)).toMatch(/error|broke off/);
      expect(await ends()).toEqual(['triage failed AGENT_FAILED 0']);

      const guarded = setUp();
      server.script([{ content: 'It is a secret.' }]);
      const stopped = streamHandoffs(streamText, {
        manager: guarded.manager,
        agents: guarded.agents,
        messages,
        experimental_transform: ({ stopStream }: { stopStream: () => void }) =>
          new TransformStream({
            transform(part, controller) {
              if (part.type === 'text-delta') stopStream();
              else controller.enqueue(part);
            },
          }),
      });
      expect(await seen(stopped)).not.toContain('text-delta');
      expect(await guarded.ends()).toEqual(['triage failed AGENT_FAILED 0']);
    });

    test('an error that is tried again fails nothing', async () => {
      let asked = 0;
      await using busy = await rawServer((response) => {
        asked += 1;
        beginStream(response, 'It is');
        if (asked === 1) {
          response.end(`data: ${JSON.stringify({ error: { message: 'Overloaded' } })}\n\n`);
          return;
        }
        const choices = [{ index: 0, delta: {}, finish_reason: 'stop' }];
        response.end(`data: ${JSON.stringify({ id: 'x', created: 1, model: 'm', choices })}\n\n`);
      });
      const { manager, agents, ends } = setUp({ baseURL: busy.baseURL });
      const result = streamHandoffs(streamText, {
        manager,
        agents,
        messages: [user('Refund.')],
        streamRetries: 1,
        ...quietly,
      });
      const isAgain = !(await seen(result)).includes('error');
      // Older versions don't know the setting.
      expect(isAgain).toBe(sdk.version.test('ai/7.0.173'));
      expect(await ends()).toEqual([
        isAgain ? 'triage completed  0' : 'triage failed AGENT_FAILED 0',
      ]);
    });

    test('an error counts what the steps before it consumed', async () => {
      const { manager, agents, ends } = setUp();
      server.script([
        { toolCalls: [call('c1', 'delegate_to_archive')], ...tokens(10, 1) },
        { toolCalls: [call('c2', 'transfer_to_billing')], ...tokens(20, 2) },
        { status: 401, error: { message: 'Wrong key.' } },
      ]);
      const types = seen(
        streamHandoffs(streamText, { manager, agents, messages: [user('Refund.')], ...quietly }),
      );
      expect(await types).toContain('error');
      expect(await ends()).toEqual([
        'triage completed  38',
        'archive completed  5',
        'billing failed AGENT_FAILED 0',
      ]);
    });
  });
}

const usage = (totalTokens: number) => ({ inputTokens: totalTokens, outputTokens: 0, totalTokens });
