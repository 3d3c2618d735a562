import { message } from '@agent-handoff/core/adapter';
import { describe, expect, test } from 'vitest';
import { toStepMessages } from './to-step-messages.ts';

type Content = Parameters<typeof toStepMessages>[0]['content'];
const messagesOf = (content: Content) => toStepMessages({ content, response: { messages: [] } });

describe('toStepMessages', () => {
  test('keeps of the metadata what the provider needs in order to continue', () => {
    const content: Content = [
      {
        type: 'reasoning',
        text: 'Hm.',
        providerMetadata: {
          anthropic: { signature: 'abc' },
          openai: { itemId: 'rs_1', reasoningEncryptedContent: null },
        },
      },
      {
        type: 'text',
        text: 'Shelf 3.',
        providerMetadata: {
          openai: { itemId: 'msg_1', annotations: [{ type: 'url_citation' }], logprobs: [] },
          other: { citations: [] },
        },
      },
    ];
    expect(messagesOf(content)).toEqual([
      message.assistant([
        {
          type: 'reasoning',
          content: 'Hm.',
          providerMetadata: { anthropic: { signature: 'abc' }, openai: { itemId: 'rs_1' } },
        },
        {
          type: 'text',
          content: 'Shelf 3.',
          providerMetadata: { openai: { itemId: 'msg_1' } },
        },
      ]),
    ]);
  });

  test('leaves out empty text, sources, and what the provider ran itself', () => {
    const content: Content = [
      { type: 'text', text: '' },
      { type: 'source', sourceType: 'url', id: 's1', url: 'https://a.example' },
      {
        type: 'tool-call',
        toolCallId: 'ws_1',
        toolName: 'web_search',
        input: {},
        providerExecuted: true,
        dynamic: true,
      },
      {
        type: 'tool-result',
        toolCallId: 'ws_1',
        toolName: 'web_search',
        input: {},
        output: 'found',
        providerExecuted: true,
        dynamic: true,
      },
    ];
    expect(messagesOf(content)).toEqual([]);
    const empty = { openai: { itemId: 'msg_1' } };
    expect(messagesOf([{ type: 'text', text: '', providerMetadata: empty }])).toEqual([
      message.assistant([{ type: 'text', content: '', providerMetadata: empty }]),
    ]);
  });

  test('files that the model made are base64', () => {
    const file = {
      base64: 'AQL/',
      uint8Array: new Uint8Array([1, 2, 255]),
      mediaType: 'image/png',
    };
    expect(messagesOf([{ type: 'file', file }])).toEqual([
      message.assistant([
        { type: 'blob', modality: 'image', mimeType: 'image/png', content: 'AQL/' },
      ]),
    ]);
  });

  test('answers calls in their order, and those that were not run', () => {
    const call = (toolCallId: string) =>
      ({ type: 'tool-call', toolCallId, toolName: 'look_up', input: {}, dynamic: true }) as const;
    const content: Content = [
      call('c1'),
      call('c2'),
      call('c3'),
      { ...call('c2'), type: 'tool-error', error: new Error('stuck') },
      { ...call('c1'), type: 'tool-result', output: null },
    ];
    expect(messagesOf(content)[1]?.parts).toEqual([
      { type: 'tool_call_response', id: 'c1', response: null },
      { type: 'tool_call_response', id: 'c2', response: 'stuck', isError: true },
      {
        type: 'tool_call_response',
        id: 'c3',
        response: expect.stringContaining('not run'),
        isError: true,
      },
    ]);
  });
});
