import { describe, expect, it } from 'vitest';
import { EventParser, type ServerSentEvent } from './event-parser.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The events of a text that comes in pieces of so many bytes. */
function parse(text: string, size = 1_000_000, maxBytes = 1_000): readonly ServerSentEvent[] {
  const parser = new EventParser(maxBytes);
  const all = bytes(text);
  const events: ServerSentEvent[] = [];
  for (let at = 0; at < all.length; at += size) {
    events.push(...parser.push(all.subarray(at, at + size)));
  }
  return events;
}

describe('an event stream', () => {
  it.each<[string, string, readonly ServerSentEvent[]]>([
    ['an event', 'data: a\n\n', [{ id: '', data: 'a' }]],
    ['without the space', 'data:a\n\n', [{ id: '', data: 'a' }]],
    ['two spaces', 'data:  a\n\n', [{ id: '', data: ' a' }]],
    ['several lines', 'data: a\ndata: b\ndata\n\n', [{ id: '', data: 'a\nb\n' }]],
    [
      'an id that stays',
      'id: 1\ndata: a\n\ndata: b\n\n',
      [
        { id: '1', data: 'a' },
        { id: '1', data: 'b' },
      ],
    ],
    [
      'an id that is taken back',
      'id: 1\ndata: a\n\nid\ndata: b\n\n',
      [
        { id: '1', data: 'a' },
        { id: '', data: 'b' },
      ],
    ],
    ['an id with NUL', 'id: 1\nid: \0\ndata: a\n\n', [{ id: '1', data: 'a' }]],
    [
      'other fields and comments',
      ':hi\nretry: 7\nevent: x\nfoo: y\ndata: a\n\n',
      [{ id: '', data: 'a' }],
    ],
    ['no data', 'id: 1\n\n\n\n', []],
    ['an end that is missing', 'data: a\n', []],
    [
      'carriage returns',
      'data: a\r\rdata: b\r\r',
      [
        { id: '', data: 'a' },
        { id: '', data: 'b' },
      ],
    ],
    ['both', 'data: a\r\ndata: b\r\n\r\n', [{ id: '', data: 'a\nb' }]],
    ['a mix of all', 'data: a\rdata: b\ndata: c\r\n\n', [{ id: '', data: 'a\nb\nc' }]],
    ['letters of several bytes', 'data: größe 慢 🚀\n\n', [{ id: '', data: 'größe 慢 🚀' }]],
  ])('%s, in pieces of any size', (_name, text, expected) => {
    for (const size of [1, 2, 3, 5, 7, 1_000]) expect(parse(text, size)).toEqual(expected);
  });

  it.each([
    ['one long line', 'x'.repeat(1_001)],
    ['one long data', `data: ${'x'.repeat(1_000)}\n\n`],
    ['many short lines', 'data: xx\n'.repeat(400)],
    ['many empty lines of data', 'data\n'.repeat(1_001)],
  ])('too large an event is refused before it is complete: %s', (_name, text) => {
    for (const size of [1, 64, 10_000]) expect(() => parse(text, size)).toThrow(/larger than 1000/);
  });

  it('an event that just fits is taken, in pieces of any size', () => {
    const data = 'x'.repeat(490);
    const text = `data: ${data}\ndata: ${data}\n\n`;
    for (const size of [1, 64, 10_000]) expect(parse(text, size)).toHaveLength(1);
  });

  it('many events are no large event', () => {
    expect(parse('data: xxxxxxxx\n\n'.repeat(1_000), 64)).toHaveLength(1_000);
    expect(parse(`${':'.repeat(100)}\n\n`.repeat(100), 7)).toEqual([]);
  });

  it('bytes that are no UTF-8 are refused', () => {
    expect(() => new EventParser(100).push(new Uint8Array([0x64, 0xff]))).toThrow();
  });

  it('4 MB in small pieces take no longer than their length says', () => {
    const parser = new EventParser(5_000_000);
    const piece = bytes('x'.repeat(100));
    let events = 0;
    for (let i = 0; i < 40_000; i++) events += parser.push(piece).length;
    expect(events).toBe(0);
  });
});
