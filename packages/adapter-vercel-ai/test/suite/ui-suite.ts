import { createHandoffManager, type HandoffAgent } from '@agent-handoff/core';
import { manualClock, scriptedAgent } from '@agent-handoff/testing';
import {
  createUIMessageStreamResponse,
  readUIMessageStream,
  stepCountIs,
  streamText,
  ToolLoopAgent,
  type UIMessageChunk,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  delegateTool,
  fromAiSdk,
  type HandoffUIMessage,
  type HandoffUpdate,
  handoffDataSchemas,
  handoffParts,
  toHandoffUIStream,
} from '../../src/index.ts';
import { ModelServer } from '../model-server.ts';
import type { Sdk } from './sdk.ts';

const maxWireBytes = 50 * 1024;

export function uiSuite(sdk: Sdk): void {
  describe('handoffs for useChat', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const model = () => sdk.compatible({ baseURL: server.baseURL })('small');

    /** So many pieces of 5 characters in 2 seconds. */
    const writing = (count: number) => {
      const clock = manualClock();
      const pieces = Array.from({ length: count }, (_, i) => `${String(i).padStart(4, '0')} `);
      const writer: HandoffAgent = {
        id: 'writer',
        name: 'Writer',
        async receiveHandoff(_context, { onEvent } = {}) {
          for (const [index, delta] of pieces.entries()) {
            onEvent?.({ type: 'output-delta', delta });
            if (index % 5 === 4) await clock.advanceAsync((5 * 2000) / count);
          }
          return { status: 'completed', output: pieces.join('') };
        },
      };
      const manager = createHandoffManager({ agents: [writer] });
      return { clock, text: pieces.join(''), manager };
    };
    const onTheWire = async (stream: ReadableStream<UIMessageChunk>) =>
      Buffer.byteLength(await createUIMessageStreamResponse({ stream }).text());
    const asking = (tool: ReturnType<typeof delegateTool>, abortSignal?: AbortSignal) => {
      server.script([
        { toolCalls: [{ id: 'c1', name: 'write', arguments: '{"task":"Write."}' }] },
        { content: 'Written.' },
      ]);
      return streamText({
        model: model(),
        prompt: 'Write.',
        tools: { write: tool },
        stopWhen: stepCountIs(3),
        ...(abortSignal && { abortSignal }),
      });
    };

    test('500 pieces in 2 seconds take at most 50 KiB on the wire, and all of the text arrives', async () => {
      const first = writing(500);
      const streamed = toHandoffUIStream(
        first.manager.streamHandoff({ target: 'writer', task: 'Write.' }),
        { clock: first.clock },
      );
      const [wire, read] = streamed.tee();
      const bytes = await onTheWire(wire);
      expect(bytes).toBeLessThanOrEqual(maxWireBytes);
      expect(bytes).toBeGreaterThan(first.text.length);
      expect((await lastMessage(read)).parts.at(-1)).toMatchObject({ text: first.text });

      const { clock, manager, text } = writing(500);
      const result = asking(delegateTool({ manager, target: 'writer', previews: { clock } }));
      const [onWire, seen] = result.toUIMessageStream().tee();
      expect(await onTheWire(onWire)).toBeLessThanOrEqual(maxWireBytes);
      const output = (await lastMessage(seen)).parts.find(({ type }) => type === 'tool-write');
      expect(output).toMatchObject({ output: { status: 'completed', text } });
    });

    test('one part for a handoff, updated in place, that its schema accepts', async () => {
      const { clock, manager, text } = writing(50);
      const result = asking(delegateTool({ manager, target: 'writer', previews: { clock } }));
      const stream = result.toUIMessageStream().pipeThrough(handoffParts());
      const chunks: UIMessageChunk[] = [];
      let last: HandoffUIMessage | undefined;
      const [listed, read] = stream.tee();
      for await (const chunk of listed as unknown as AsyncIterable<UIMessageChunk>) {
        chunks.push(chunk);
      }
      for await (const seen of readUIMessageStream<HandoffUIMessage>({ stream: read })) last = seen;

      const updates = chunks.flatMap((chunk) => (chunk.type === 'data-handoff' ? [chunk] : []));
      expect(updates.length).toBeGreaterThan(5);
      expect(new Set(updates.map(({ id }) => id)).size).toBe(1);
      for (const { data } of updates) {
        expect(handoffDataSchemas.handoff.safeParse(data)).toMatchObject({ success: true });
      }
      expect(chunks.filter(({ type }) => type === 'tool-output-available')).toHaveLength(1);
      const parts = last?.parts.filter((part) => part.type === 'data-handoff') ?? [];
      expect(parts.map(({ data }) => data)).toMatchObject([{ status: 'completed', text }]);
    });

    test('a refusal and a failure are shown with their reason', async () => {
      const broken = scriptedAgent({ id: 'broken', replies: [new Error('out of order')] });
      const manager = createHandoffManager({ agents: [broken] });
      const result = asking(delegateTool({ manager, target: 'broken', previews: false }));
      const stream = result.toUIMessageStream().pipeThrough(handoffParts());
      const { parts } = await lastMessage(stream);
      expect(parts.find(({ type }) => type === 'data-handoff')).toMatchObject({
        data: { status: 'failed', error: { code: 'AGENT_FAILED', message: /out of order/ } },
      });
    });

    test('what each agent of a run says is a text of its own, behind its handoff', async () => {
      const agentOf = (id: string, lists: object = {}) =>
        fromAiSdk(
          ({ tools }) =>
            new ToolLoopAgent({ model: sdk.compatible({ baseURL: server.baseURL })(id), tools }),
          { id, ...lists },
        );
      const manager = createHandoffManager({
        agents: [
          agentOf('triage', { canTransferTo: ['billing'] }),
          agentOf('billing', { canDelegateTo: ['archive'] }),
          agentOf('archive'),
        ],
      });
      const call = (name: string) => ({ id: name, name, arguments: '{"task":"Refund it."}' });
      const script = [
        { content: 'Billing takes over.', toolCalls: [call('transfer_to_billing')] },
        { content: 'Asking.', toolCalls: [call('delegate_to_archive')] },
        { content: 'A lamp.' },
        { content: 'Refunded the lamp.' },
      ];
      const run = () => {
        server.script(script);
        return manager.streamRun({ entry: 'triage', input: 'Refund order 7.' });
      };
      const { parts } = await lastMessage(toHandoffUIStream(run()));
      const shown = parts.flatMap((part) => {
        if (part.type === 'text') return `${part.text} ${part.state}`;
        return part.type === 'data-handoff' ? `${part.data.targetAgentId} ${part.data.status}` : [];
      });
      expect(shown.filter((each) => !each.startsWith('archive'))).toEqual([
        'triage completed',
        'Billing takes over. done',
        'billing completed',
        'Asking.Refunded the lamp. done',
      ]);
      expect(shown).toContain('archive completed');
    });

    test('a reader who leaves waits for nothing, and the handoff goes on', async () => {
      const answer = Promise.withResolvers<{ status: 'completed'; output: string }>();
      const silent: HandoffAgent = {
        id: 'silent',
        name: 'Silent',
        receiveHandoff: () => answer.promise,
      };
      const manager = createHandoffManager({ agents: [silent] });
      const stream = manager.streamHandoff({ target: 'silent', task: 'Think.' });
      const reader = toHandoffUIStream(stream).getReader();
      await reader.read();
      expect((await reader.read()).value).toMatchObject({ type: 'data-handoff' });
      const next = reader.read();
      await new Promise((resolve) => setImmediate(resolve));
      await reader.cancel();
      expect(await next).toMatchObject({ done: true });
      answer.resolve({ status: 'completed', output: 'Thought.' });
      expect((await stream.result).output).toBe('Thought.');
    });

    test('nothing is shown as worked on when the response is over', async () => {
      const abort = new AbortController();
      const talking: HandoffAgent = {
        id: 'talking',
        name: 'Talking',
        async receiveHandoff(_context, { onEvent } = {}) {
          onEvent?.({ type: 'output-delta', delta: 'Well, ' });
          return new Promise(() => {});
        },
      };
      const manager = createHandoffManager({ agents: [talking] });
      const plain = delegateTool({ manager, target: 'talking' });
      const execute = plain.execute as NonNullable<typeof plain.execute>;
      const breaking: typeof plain = {
        ...plain,
        async *execute(...call: Parameters<typeof execute>) {
          for await (const update of execute(...call) as AsyncIterable<HandoffUpdate>) {
            yield update;
            if (update.text !== '') throw new Error('out of order');
          }
        },
      };
      /** Leaves when the first words are shown. */
      const leaving = new TransformStream<UIMessageChunk, UIMessageChunk>({
        transform(chunk, controller) {
          controller.enqueue(chunk);
          if (chunk.type === 'data-handoff' && (chunk.data as HandoffUpdate).text !== '') {
            abort.abort();
          }
        },
      });
      const left = asking(plain, abort.signal).toUIMessageStream();
      const messages = [
        await lastMessage(left.pipeThrough(handoffParts()).pipeThrough(leaving)),
        await lastMessage(asking(breaking).toUIMessageStream().pipeThrough(handoffParts())),
      ];
      const shown = messages.flatMap(({ parts }) =>
        parts.flatMap((part) => (part.type === 'data-handoff' ? part.data : [])),
      );
      expect(shown).toMatchObject([
        { status: 'cancelled', error: { code: 'CANCELLED' }, text: '' },
        { status: 'failed', error: { code: 'AGENT_FAILED' }, text: '' },
      ]);
      for (const { handoffId } of await manager.history({ status: 'running' })) {
        await manager.cancel(handoffId);
      }
    });

    test('the schema refuses what is no update', () => {
      const { handoff } = handoffDataSchemas;
      const update = {
        status: 'working',
        sourceAgentId: 'a',
        targetAgentId: 'b',
        reason: 'delegation',
        text: '',
      };
      expect(handoff.safeParse(update).success).toBe(true);
      for (const wrong of [
        { ...update, status: 'done' },
        { ...update, text: undefined },
        { ...update, error: 'none' },
        'working',
      ]) {
        expect(handoff.safeParse(wrong).success).toBe(false);
      }
    });
  });
}

async function lastMessage(stream: ReadableStream<UIMessageChunk>): Promise<HandoffUIMessage> {
  let last: HandoffUIMessage | undefined;
  for await (const seen of readUIMessageStream<HandoffUIMessage>({ stream })) last = seen;
  if (last === undefined) throw new Error('there was no message');
  return last;
}
