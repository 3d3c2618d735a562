import { describe, expect, it } from 'vitest';
import { message, messageText } from './message.ts';

describe('message', () => {
  it('makes messages of text and of parts', () => {
    expect(message.user('hi')).toEqual({ role: 'user', parts: [{ type: 'text', content: 'hi' }] });
    expect(message.system('x').role).toBe('system');
    const parts = [{ type: 'uri', modality: 'image', uri: 'https://x.test' }] as const;
    expect(message.assistant(parts)).toEqual({ role: 'assistant', parts });
  });

  it('makes results of tool calls', () => {
    expect(message.tool('a', { ok: 1 })).toStrictEqual({
      role: 'tool',
      parts: [{ type: 'tool_call_response', id: 'a', response: { ok: 1 } }],
    });
    expect(message.tool('a', 'no', { isError: true }).parts[0]).toHaveProperty('isError', true);
  });
});

describe('messageText', () => {
  it('joins texts and leaves everything else out', () => {
    const mixed = message.assistant([
      { type: 'text', content: 'a' },
      { type: 'reasoning', content: 'x' },
      { type: 'tool_call', id: '1', name: 'y', arguments: {} },
      { type: 'text', content: 'b' },
    ]);
    expect(messageText(mixed)).toBe('ab');
  });
});
