import { createHandoffContext, createHandoffManager, type Policy } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import {
  jsonSchema,
  type ModelMessage,
  stepCountIs,
  streamText,
  ToolLoopAgent,
  tool,
  type UIMessageChunk,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { delegateTool, fromAiSdk, handoffParts, streamHandoffs } from '../../src/index.ts';
import { defineAiSdkAgent } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { Chat } from './chat.ts';
import { tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const call = (id: string, name: string, input: object = { task: 'Refund order 7.' }) => ({
  id,
  name,
  arguments: JSON.stringify(input),
});

const askFirst: Policy = {
  name: 'ask-first',
  decide: ({ context }) =>
    context.targetAgentId === 'billing' && context.sourceAgentId !== 'user'
      ? { requireApproval: 'money moves' }
      : 'permit',
};

export function approvalSuite(sdk: Sdk): void {
  describe('approvals', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    /** Whether this is the one release. */
    const isOnly = (version: string): boolean =>
      sdk.version.test(`ai/${version}`) && !sdk.version.test(`ai/${version.replace(/0$/, '1')}`);
    const client = () => sdk.compatible({ baseURL: server.baseURL, includeUsage: true });
    const toldLast = () => JSON.stringify(server.bodies.at(-1)?.messages.at(-1));
    /** A tool that a person must approve, and how often it ran. */
    const guardedTool = () => {
      const ran: unknown[] = [];
      const refund = tool({
        inputSchema: jsonSchema<object>({ type: 'object' }),
        needsApproval: true,
        execute: async (input) => {
          ran.push(input);
          return 'Refunded 40 euros.';
        },
      });
      return { refund, ran };
    };

    describe('of an agent’s own tool, by resume', () => {
      const setUp = async () => {
        const { refund, ran } = guardedTool();
        const look = tool({
          inputSchema: jsonSchema<object>({ type: 'object' }),
          execute: async () => 'A lamp.',
        });
        const agent = new ToolLoopAgent({ model: client()('small'), tools: { refund, look } });
        const manager = createHandoffManager({ agents: [fromAiSdk(agent, { id: 'billing' })] });
        server.script([
          {
            toolCalls: [call('c1', 'look', {}), call('c2', 'refund', { euros: 40 })],
            ...tokens(9, 1),
          },
          { content: 'It is refunded.', ...tokens(20, 2) },
        ]);
        const waiting = await manager.executeHandoff({ target: 'billing', task: 'Refund.' });
        expect(waiting.status).toBe('awaiting-approval');
        expect(ran).toEqual([]);
        return { manager, ran, ...waiting };
      };

      test('approved, it is run once and the agent goes on, also as a stream', async () => {
        for (const follow of [false, true]) {
          const { manager, ran, handoffId } = await setUp();
          const decided = [handoffId, { type: 'approve' }, { by: 'ada' }] as const;
          const result = await (follow
            ? manager.streamResume(...decided).result
            : manager.resume(...decided));
          expect(result).toMatchObject({
            status: 'completed',
            output: 'It is refunded.',
            usage: { totalTokens: 32 },
          });
          expect(ran).toEqual([{ euros: 40 }]);
          expect(
            server.bodies.at(-1)?.messages.filter(({ role }) => role === 'tool'),
          ).toMatchObject([
            { tool_call_id: 'c1', content: 'A lamp.' },
            { tool_call_id: 'c2', content: 'Refunded 40 euros.' },
          ]);
          // The transcript that is handed on is whole.
          const answered = result.messages?.flatMap(({ parts }) => parts);
          expect(answered?.map(({ type }) => type)).toEqual([
            'tool_call',
            'tool_call',
            'tool_call_response',
            'tool_call_response',
            'text',
          ]);
        }
      });

      test('denied, it is not run', async () => {
        const { manager, ran, handoffId } = await setUp();
        const result = await manager.resume(handoffId, { type: 'deny', reason: 'too much' });
        expect(result.error).toMatchObject({ code: 'APPROVAL_DENIED' });
        expect(ran).toEqual([]);
        expect(server.bodies).toHaveLength(1);
      });
    });

    describe('of an agent’s own tool, whose run hands the conversation on after the approval', () => {
      test('the next agent reads what the approved tool answered', async () => {
        for (const follow of [false, true]) {
          const { refund } = guardedTool();
          const manager = createHandoffManager({
            agents: [
              fromAiSdk(
                ({ tools }) =>
                  new ToolLoopAgent({ model: client()('small'), tools: { refund, ...tools } }),
                { id: 'desk', canTransferTo: ['archive'] },
              ),
              fromAiSdk(new ToolLoopAgent({ model: client()('large') }), { id: 'archive' }),
            ],
          });
          server.script([
            { toolCalls: [call('c1', 'refund', { euros: 40 })], ...tokens(9, 1) },
            { toolCalls: [call('c2', 'transfer_to_archive', {})], ...tokens(20, 2) },
            { content: 'Filed.', ...tokens(30, 3) },
          ]);
          const waiting = await manager.run({ entry: 'desk', input: 'Refund and file it.' });
          expect(waiting.status).toBe('awaiting-approval');
          const decided = [waiting.handoffId, { type: 'approve' }] as const;
          const result = await (follow
            ? manager.streamResume(...decided).result
            : manager.resume(...decided));
          expect(result).toMatchObject({ status: 'completed', output: 'Filed.' });
          const read = server.bodies.at(-1);
          expect(read?.model).toBe('large');
          expect(read?.messages.filter(({ role }) => role === 'tool')[0]).toMatchObject({
            tool_call_id: 'c1',
            content: 'Refunded 40 euros.',
          });
        }
      });
    });

    describe('of an agent’s own tool, as the AI SDK checks it again', () => {
      const approve = async (
        settings: object,
        inputSchema: z.ZodType,
        euros: unknown,
        follow: boolean,
      ) => {
        const ran: unknown[] = [];
        const refund = tool({
          inputSchema,
          needsApproval: true,
          execute: async (input) => {
            ran.push(input);
            return 'Refunded.';
          },
        });
        const agent = fromAiSdk(
          new ToolLoopAgent({ model: client()('small'), tools: { refund }, ...settings }),
          { id: 'billing' },
        );
        const manager = createHandoffManager({ agents: [agent] });
        server.script([
          { toolCalls: [call('c1', 'refund', { euros })] },
          { content: 'It is refunded.' },
        ]);
        const asked = { target: 'billing', task: 'Refund.' } as const;
        const waiting = await (follow
          ? manager.streamHandoff(asked).result
          : manager.executeHandoff(asked));
        expect(waiting.status).toBe('awaiting-approval');
        const decided = [waiting.handoffId, { type: 'approve' }] as const;
        const result = await (follow
          ? manager.streamResume(...decided).result
          : manager.resume(...decided));
        return { agent, waiting, result, ran };
      };

      test('an agent that signs its requests recognises its own, and no other', async () => {
        const experimental_toolApprovalSecret = 'only the agent knows it';
        const inputSchema = z.object({ euros: z.number() });
        for (const follow of [false, true]) {
          const { agent, result, waiting, ran } = await approve(
            { experimental_toolApprovalSecret },
            inputSchema,
            40,
            follow,
          );
          expect(result).toMatchObject({ status: 'completed', output: 'It is refunded.' });
          expect(ran).toEqual([{ euros: 40 }]);

          const context = createHandoffContext({
            sourceAgentId: 'user',
            targetAgentId: 'billing',
            originalTask: 'Refund.',
          });
          const forged = JSON.stringify(result.messages?.[0]).replace('"euros":40', '"euros":41');
          server.script([{ content: 'It is refunded.' }]);
          const received = agent.receiveHandoff(context, {
            approval: {},
            resumeFrom: [JSON.parse(forged)],
          });
          expect(waiting.error?.code).toBe('AWAITING_APPROVAL');
          // 6.0.0 doesn't know the secret.
          if (isOnly('6.0.0')) await received;
          else await expect(received).rejects.toThrow(/signature/);
        }
      });

      test('an input that its schema changes is run as it was approved', async () => {
        const inputSchema = z.object({ euros: z.string().transform(Number) });
        for (const follow of [false, true]) {
          const { result, ran } = await approve({}, inputSchema, '40', follow);
          // 7.0.0 itself checks what came of the schema against the schema, and refuses it.
          expect([result.status, ran]).toEqual(
            isOnly('7.0.0') ? ['failed', []] : ['completed', [{ euros: 40 }]],
          );
        }
      });
    });

    describe('of a delegation, by the user of a chat', () => {
      const setUp = (settings: object = {}) => {
        const billing = scriptedAgent({ id: 'billing', replies: 'Refunded 40 euros.' });
        const triage = scriptedAgent({ id: 'triage', replies: [] });
        const manager = createHandoffManager({ agents: [triage, billing], policies: [askFirst] });
        const ask = delegateTool({
          manager,
          source: 'triage',
          target: 'billing',
          approvedBy: () => 'ada',
        });
        const chat = new Chat((messages, originalMessages) =>
          streamText({
            model: client()('small'),
            messages,
            tools: { ask },
            stopWhen: stepCountIs(3),
            ...settings,
          })
            .toUIMessageStream({ originalMessages })
            .pipeThrough(handoffParts()),
        );
        server.script([{ toolCalls: [call('c1', 'ask')] }, { content: 'Done.' }]);
        return { chat, manager, billing };
      };

      test('approved, it runs; who approved is recorded', async () => {
        const { chat, manager, billing } = setUp();
        await chat.say('Refund order 7.');
        expect(chat.shown().parts.at(-1)).toMatchObject({ state: 'approval-requested' });
        // Asking leaves no trace.
        expect(await manager.history()).toEqual([]);
        await chat.decide(true);
        expect(chat.text).toBe('Done.');
        expect(chat.messages).toHaveLength(2);
        expect(toldLast()).toContain('Refunded 40 euros.');
        expect(await manager.history()).toMatchObject([
          { status: 'completed', decidedBy: 'ada', context: { originalTask: 'Refund order 7.' } },
        ]);
        expect(billing.received).toHaveLength(1);
        const shown = chat.shown().parts.filter(({ type }) => type === 'data-handoff');
        expect(shown).toMatchObject([{ data: { status: 'completed' } }]);
      });

      test('denied, it is not run, and the model is told', async () => {
        const { chat, manager, billing } = setUp();
        await chat.say('Refund order 7.');
        await chat.decide(false);
        expect(chat.text).toBe('Done.');
        expect(toldLast()).toMatch(/denied|not approved/i);
        expect(await manager.history()).toEqual([]);
        expect(billing.received).toHaveLength(0);
      });

      test('a response that decides approvals itself can not get around the policy', async () => {
        // Version 7 asks these instead of the tool; version 6 doesn't know them.
        for (const toolApproval of [() => undefined, () => 'approved', { ask: 'approved' }]) {
          const { chat, manager, billing } = setUp({ toolApproval });
          await chat.say('Refund order 7.');
          expect(billing.received).toHaveLength(0);
          for (const { handoffId, status } of await manager.history()) {
            expect(status).toBe('awaiting-approval');
            await manager.resume(handoffId, { type: 'approve' });
            expect(billing.received).toHaveLength(1);
          }
        }
      });

      test('an approval that arrives twice, at once and later, lets it run once', async () => {
        for (const previews of [false, {}] as const) {
          const billing = scriptedAgent({ id: 'billing', replies: 'Refunded 40 euros.' });
          const triage = scriptedAgent({ id: 'triage', replies: [] });
          const manager = createHandoffManager({ agents: [triage, billing], policies: [askFirst] });
          const common = { toolCallId: 'c1', toolName: 'ask' };
          const messages: ModelMessage[] = [
            { role: 'user', content: 'Refund order 7.' },
            {
              role: 'assistant',
              content: [
                { type: 'tool-call', ...common, input: { task: 'Refund.' } },
                { type: 'tool-approval-request', approvalId: 'a1', toolCallId: 'c1' },
              ],
            },
            {
              role: 'tool',
              content: [{ type: 'tool-approval-response', approvalId: 'a1', approved: true }],
            },
          ];
          server.answer(() => ({ content: 'Done.' }));
          const post = () =>
            streamText({
              model: client()('small'),
              messages,
              tools: {
                ask: delegateTool({ manager, source: 'triage', target: 'billing', previews }),
              },
            }).text;
          expect(await Promise.all([post(), post()])).toEqual(['Done.', 'Done.']);
          await post();
          expect(billing.received).toHaveLength(1);
          expect((await manager.history()).map(({ status }) => status)).toEqual(['completed']);
          for (const { messages: told } of server.bodies) {
            expect(told.at(-1)).toMatchObject({ role: 'tool', content: 'Refunded 40 euros.' });
          }
        }
      });

      test('an approval is not one of the target: a person is still asked', async () => {
        const lead = scriptedAgent({
          id: 'billing',
          replies: [{ status: 'awaiting-approval', output: 'Which account?' }],
        });
        const triage = scriptedAgent({ id: 'triage', replies: [] });
        const manager = createHandoffManager({ agents: [triage, lead], policies: [askFirst] });
        const ask = delegateTool({ manager, source: 'triage', target: 'billing' });
        const chat = new Chat((messages, originalMessages) =>
          streamText({
            model: client()('small'),
            messages,
            tools: { ask },
            stopWhen: stepCountIs(3),
          }).toUIMessageStream({ originalMessages }),
        );
        server.script([{ toolCalls: [call('c1', 'ask')] }, { content: 'It waits.' }]);
        await chat.say('Refund order 7.');
        await chat.decide(true);
        expect(chat.text).toBe('It waits.');
        expect(lead.received).toHaveLength(1);
        expect(await manager.pending()).toHaveLength(1);
      });
    });

    describe('in a response that several agents share', () => {
      const setUp = (settings: object = {}) => {
        const { refund, ran } = guardedTool();
        const triage = defineAiSdkAgent({
          id: 'triage',
          model: client()('small'),
          canTransferTo: ['billing'],
          canDelegateTo: ['billing'],
        });
        const billing = defineAiSdkAgent({
          id: 'billing',
          model: client()('large'),
          tools: { refund },
        });
        const agents = [triage, billing];
        const manager = createHandoffManager({ agents, policies: [askFirst] });
        const respond = (messages: ModelMessage[]) =>
          streamHandoffs(streamText, {
            manager,
            agents,
            messages,
            approvedBy: 'ada',
            ...settings,
          });
        const chat = new Chat(
          (messages, originalMessages): ReadableStream<UIMessageChunk> =>
            respond(messages).toUIMessageStream({ originalMessages }).pipeThrough(handoffParts()),
        );
        const statuses = async () => {
          await expect
            .poll(async () => (await manager.history()).every(({ status }) => status !== 'running'))
            .toBe(true);
          return (await manager.history()).map(
            ({ sourceAgentId, targetAgentId, status }) =>
              `${sourceAgentId}>${targetAgentId} ${status}`,
          );
        };
        return { chat, manager, ran, statuses };
      };
      const transfer = { toolCalls: [call('c1', 'transfer_to_billing')] };

      test('an approved transfer is answered by the next agent, in one response', async () => {
        const { chat, manager, statuses } = setUp();
        server.script([transfer, { content: 'Refunded.' }]);
        await chat.say('Refund order 7.');
        await chat.decide(true);
        expect(chat.text).toBe('Refunded.');
        expect(server.bodies.map(({ model }) => model)).toEqual(['small', 'large']);
        expect(await statuses()).toEqual([
          'user>triage completed',
          'user>triage completed',
          'triage>billing completed',
        ]);
        const [, triage, billing] = await manager.history();
        expect(billing?.decidedBy).toBe('ada');
        expect(triage?.result?.messages?.flatMap(({ parts }) => parts)).toMatchObject([
          { type: 'tool_call', name: 'transfer_to_billing' },
          { response: 'The conversation was transferred to billing.' },
        ]);
        expect(await manager.pending()).toEqual([]);
        // And the next turn is billing's.
        server.script([{ content: 'You are welcome.' }]);
        await chat.say('Thank you.');
        expect(server.bodies[0]?.model).toBe('large');
      });

      test('a denied transfer is told to the agent that asked for it', async () => {
        const { chat, statuses } = setUp();
        server.script([transfer, { content: 'Then not.' }]);
        await chat.say('Refund order 7.');
        await chat.decide(false);
        expect(chat.text).toBe('Then not.');
        expect(server.bodies.map(({ model }) => model)).toEqual(['small', 'small']);
        expect(await statuses()).toEqual(['user>triage completed', 'user>triage completed']);
      });

      test('an approved delegation runs as part of the task of the response that runs it', async () => {
        const { chat, manager, statuses } = setUp();
        server.script([
          { toolCalls: [call('c1', 'delegate_to_billing')] },
          { content: 'Refunded.' },
          { content: 'Billing refunded it.' },
        ]);
        await chat.say('Refund order 7.');
        await chat.decide(true);
        expect(chat.text).toBe('Billing refunded it.');
        expect(await statuses()).toEqual([
          'user>triage completed',
          'user>triage completed',
          'triage>billing completed',
        ]);
        const [, triage, billing] = await manager.history();
        expect(billing?.context.parentIds).toEqual([triage?.handoffId]);
      });

      test('an agent’s own tool waits for the user, whatever else decides about approvals', async () => {
        // 7.0.0 loses the signature between browser and server.
        const signed = { experimental_toolApprovalSecret: 'only the server knows it' };
        const all = [{}, { toolApproval: () => undefined }, ...(isOnly('7.0.0') ? [] : [signed])];
        for (const settings of all) {
          const { chat, ran, manager, statuses } = setUp({ entry: 'billing', ...settings });
          server.script([
            { toolCalls: [call('c1', 'refund', { euros: 40 })] },
            { content: 'It is refunded.' },
          ]);
          await chat.say('Refund order 7.');
          expect(ran).toEqual([]);
          await chat.decide(true);
          expect(ran).toEqual([{ euros: 40 }]);
          expect(chat.text).toBe('It is refunded.');
          // What ran before the first step is in the record of the response that ran it.
          await statuses();
          const [asked, decided] = await manager.history();
          const partsOf = (entry: typeof asked) =>
            entry?.result?.messages?.flatMap(({ parts }) => parts);
          expect(partsOf(asked)).toMatchObject([{ type: 'tool_call', name: 'refund' }]);
          expect(partsOf(decided)).toMatchObject([
            { type: 'tool_call', id: 'c1', name: 'refund', arguments: { euros: 40 } },
            { type: 'tool_call_response', id: 'c1', response: 'Refunded 40 euros.' },
            { type: 'text', content: 'It is refunded.' },
          ]);
        }
      });
    });
  });
}
