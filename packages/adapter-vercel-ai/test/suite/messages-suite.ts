import { type Message, repairTranscript } from '@agent-handoff/core';
import { type StrictModelServer, strictModelServer } from '@agent-handoff/testing/model-server';
import { convertToModelMessages, generateText, type ModelMessage, type UIMessage } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fromModelMessages,
  fromUIMessages,
  repairModelMessages,
  toModelMessages,
} from '../../src/index.ts';
import type { Sdk } from './sdk.ts';

const approved = { id: 'a1', approved: true as const };
const update = {
  status: 'completed',
  sourceAgentId: 'triage',
  targetAgentId: 'billing',
  reason: 'delegation',
  text: 'Refunded.',
};
/** One turn of each kind that `useChat` keeps. */
const turns: UIMessage[] = [
  {
    id: 'm1',
    role: 'user',
    parts: [
      { type: 'text', text: 'Where is order 7?' },
      { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AQL/' },
    ],
  },
  {
    id: 'm2',
    role: 'assistant',
    parts: [
      { type: 'step-start' },
      { type: 'reasoning', text: 'Hm.', providerMetadata: { anthropic: { signature: 'x' } } },
      { type: 'text', text: 'Looking.' },
      {
        type: 'tool-look',
        toolCallId: 'c1',
        state: 'output-available',
        input: { id: 7 },
        output: { shelf: 3 },
      },
      {
        type: 'dynamic-tool',
        toolName: 'find',
        toolCallId: 'c2',
        state: 'output-error',
        input: {},
        errorText: 'The drawer is stuck.',
      },
      { type: 'source-url', sourceId: 's1', url: 'https://a.example' },
      { type: 'data-note', data: { seen: true } },
      { type: 'step-start' },
      { type: 'text', text: 'On shelf 3.', providerMetadata: { openai: { itemId: 'msg_1' } } },
    ],
  },
  { id: 'm3', role: 'user', parts: [{ type: 'text', text: 'Refund it.' }] },
  {
    id: 'm4',
    role: 'assistant',
    parts: [
      { type: 'step-start' },
      {
        type: 'tool-refund',
        toolCallId: 'c3',
        state: 'output-available',
        input: {},
        output: 'Refunded.',
        approval: approved,
      },
      { type: 'step-start' },
      { type: 'text', text: 'Done.' },
    ],
  },
];
const last = (part: UIMessage['parts'][number]): UIMessage[] => [
  ...turns,
  { id: 'm5', role: 'user', parts: [{ type: 'text', text: 'Thanks.' }] },
  { id: 'm6', role: 'assistant', parts: [{ type: 'step-start' }, part] },
];

export function messagesSuite(sdk: Sdk): void {
  describe('messages', () => {
    let server: StrictModelServer;
    beforeAll(async () => {
      server = await strictModelServer({ respond: () => ({ content: 'Seen.' }) });
    });
    afterAll(() => server.close());
    const accepted = async (messages: ModelMessage[]): Promise<void> => {
      const model = sdk.compatible({ baseURL: server.url })('small');
      const { text } = await generateText({ model, messages, maxRetries: 0 });
      expect(text).toBe('Seen.');
    };

    test('fromUIMessages reads what the AI SDK itself makes of the messages of useChat', async () => {
      const read = fromUIMessages(turns);
      expect(read).toEqual(
        fromModelMessages(await convertToModelMessages(turns)).map(dataUrlsAsBlobs),
      );
      expect(read).toHaveLength(8);
      // Once more by way of the AI SDK: nothing changes any more.
      expect(fromModelMessages(toModelMessages(read))).toEqual(read);
    });

    test('fromUIMessages reads uploaded files, and what a user said while the answer was written', async () => {
      const pdf = {
        type: 'file',
        mediaType: 'application/pdf',
        url: '',
        filename: 'a.pdf',
      } as const;
      const steered = [
        {
          id: 'm1',
          role: 'user',
          parts: [{ ...pdf, providerReference: { openai: 'file-1' } }],
        },
        {
          id: 'm2',
          role: 'assistant',
          parts: [
            { type: 'step-start' },
            { type: 'text', text: 'One.' },
            { type: 'steering-message', id: 's1', parts: [{ type: 'text', text: 'In French.' }] },
            { type: 'step-start' },
            { type: 'text', text: 'Deux.' },
          ],
        },
      ] as unknown as UIMessage[];
      const read = fromUIMessages(steered);
      expect(read).toMatchObject([
        { role: 'user', parts: [{ type: 'file', fileId: 'file-1', modality: 'document' }] },
        { role: 'assistant', parts: [{ content: 'One.' }] },
        { role: 'user', parts: [{ content: 'In French.' }] },
        { role: 'assistant', parts: [{ content: 'Deux.' }] },
      ]);
      // Older versions know neither.
      if (sdk.version.test('ai/7.0.173')) {
        expect(read).toEqual(fromModelMessages(await convertToModelMessages(steered)));
      }
    });

    test('fromUIMessages tells a model of a handoff its text, and of a denial its reason', () => {
      const responseTo = (part: object): unknown =>
        fromUIMessages(last({ toolCallId: 'c9', input: {}, ...part } as never))
          .at(-1)
          ?.parts.map((each) => (each.type === 'tool_call_response' ? each.response : each.type));
      const shown = { type: 'tool-ask_billing', state: 'output-available' };
      expect(responseTo({ ...shown, output: update })).toEqual(['Refunded.']);
      const failed = {
        ...update,
        status: 'failed',
        text: '',
        error: { code: 'X', message: 'Out.' },
      };
      expect(responseTo({ ...shown, output: failed })).toEqual(['Out.']);
      const denied = { id: 'a1', approved: false, reason: 'Too much.' };
      expect(responseTo({ type: 'tool-pay', state: 'output-denied', approval: denied })).toEqual([
        'Too much.',
      ]);
      // Open: what broke off, waits, or is still being written.
      const working = { ...update, status: 'working' };
      expect(responseTo({ ...shown, output: working, preliminary: true })).toEqual(['tool_call']);
      const asked = { type: 'tool-pay', state: 'approval-requested', approval: { id: 'a1' } };
      expect(responseTo(asked)).toEqual(['tool_call']);
      expect(responseTo({ type: 'tool-pay', state: 'input-streaming' })).not.toContain('tool_call');
    });

    test('every slice of a conversation passes a strict server, repaired by either way', async () => {
      const open = last({
        type: 'tool-look',
        toolCallId: 'c4',
        state: 'input-available',
        input: {},
      });
      const messages = fromUIMessages(open);
      const models = await convertToModelMessages(open);
      for (let from = 0; from < messages.length; from++) {
        await accepted([
          ...toModelMessages(repairTranscript(messages.slice(from))),
          { role: 'user', content: 'And now?' },
        ]);
        const repaired = repairModelMessages(models.slice(from));
        expect(repairModelMessages(repaired)).toEqual(repaired);
        await accepted([...repaired, { role: 'user', content: 'And now?' }]);
      }
      expect(server.requests().flatMap(({ problems }) => problems)).toEqual([]);
    });

    test('repairModelMessages pairs by place: some models use the same ids in every turn', async () => {
      const called = { toolCallId: 'call_0', toolName: 'look' };
      const call: ModelMessage = {
        role: 'assistant',
        content: [{ type: 'tool-call', ...called, input: {} }],
      };
      const result: ModelMessage = {
        role: 'tool',
        content: [{ type: 'tool-result', ...called, output: { type: 'text', value: 'Seen.' } }],
      };
      const user: ModelMessage = { role: 'user', content: 'Look.' };
      const said: ModelMessage = { role: 'assistant', content: 'Looked.' };
      const cases: [before: ModelMessage[], after: ModelMessage[]][] = [
        // A turn that broke off, before one that did not.
        [
          [user, call, user, call, result, said],
          [user, user, call, result, said],
        ],
        // Sent twice.
        [
          [user, call, result, result, said, result],
          [user, call, result, said],
        ],
        // A result that came too late.
        [
          [user, call, user, result, said],
          [user, user, said],
        ],
        [
          [user, call, said, call, result],
          [user, said, call, result],
        ],
      ];
      for (const [before, after] of cases) {
        expect(repairModelMessages(before)).toEqual(after);
        await accepted([...after, user]);
      }
    });

    test('repairModelMessages leaves a whole conversation as it is, also one that was just approved', async () => {
      const whole = await convertToModelMessages(turns);
      expect(repairModelMessages(whole)).toEqual(whole);
      const decide = (approval: { id: string; approved: boolean }) =>
        convertToModelMessages(
          last({
            type: 'tool-pay',
            toolCallId: 'c4',
            state: 'approval-responded',
            input: {},
            approval,
          }),
        );
      const denied = await decide({ id: 'a1', approved: false });
      expect(repairModelMessages(denied)).toEqual(denied);
      const decided = await decide(approved);
      expect(repairModelMessages(decided)).toEqual(decided);
      // Another turn later the decision has had no effect: the call is gone, not left open.
      const late = repairModelMessages([...decided, { role: 'user', content: 'Well?' }]);
      expect(JSON.stringify(late)).not.toContain('c4');
      await accepted(late);
    });
  });
}

/** The AI SDK keeps a data URL as one; ours is the file itself. */
function dataUrlsAsBlobs({ parts, ...rest }: Message): Message {
  return {
    ...rest,
    parts: parts.map((part) => {
      if (part.type !== 'uri' || !part.uri.startsWith('data:')) return part;
      const { uri, ...file } = part;
      return { ...file, type: 'blob', content: uri.slice(uri.indexOf(',') + 1) };
    }),
  };
}
