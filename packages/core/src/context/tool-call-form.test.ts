import { describe, expect, it } from 'vitest';
import {
  argumentsObject,
  freshId,
  participantName,
  toolCallId,
  toolName,
} from './tool-call-form.ts';

describe('names and ids that every provider accepts', () => {
  it.each([
    ['search', 'search'],
    ['_a-9', '_a-9'],
    ['get weather!', 'get_weather_'],
    ['9a', '_9a'],
    ['-a', '_-a'],
    ['', '_'],
    ['n'.repeat(65), 'n'.repeat(64)],
    ['9'.repeat(64), `_${'9'.repeat(63)}`],
  ])('call the tool %j so', (name, accepted) => {
    expect(toolName(name)).toBe(accepted);
  });

  it.each([
    ['a-1_B', 'a-1_B'],
    ['a b', 'a_b'],
    ['', 'call'],
    ['x'.repeat(41), 'x'.repeat(40)],
  ])('call the call %j so', (id, accepted) => {
    expect(toolCallId(id)).toBe(accepted);
  });

  it.each([
    ['Ann Lee', 'Ann_Lee'],
    ['n'.repeat(65), 'n'.repeat(64)],
    ['', undefined],
    [undefined, undefined],
  ])('call the participant %j so', (name, accepted) => {
    expect(participantName(name)).toBe(accepted);
  });
});

describe('freshId', () => {
  it('counts ids that come again, and takes each', () => {
    const taken = new Set<string>();
    expect(['a', 'a', 'a', 'a-2', 'b'].map((id) => freshId(id, taken))).toEqual([
      'a',
      'a-2',
      'a-3',
      'a-2-2',
      'b',
    ]);
    expect([...taken]).toEqual(['a', 'a-2', 'a-3', 'a-2-2', 'b']);
  });

  it('keeps to the greatest length', () => {
    const long = 'x'.repeat(40);
    const taken = new Set([long]);
    for (let n = 2; n <= 11; n++) {
      const end = `-${n}`;
      expect(freshId(long, taken)).toBe(`${'x'.repeat(40 - end.length)}${end}`);
    }
  });
});

describe('argumentsObject', () => {
  it.each([
    [{ a: 1 }, { a: 1 }],
    ['{"a":1}', { a: 1 }],
    [null, {}],
    ['', {}],
    ['7', { value: '7' }],
    ['[1]', { value: '[1]' }],
    ['null', { value: 'null' }],
    ['plain text', { value: 'plain text' }],
    [7, { value: 7 }],
    [false, { value: false }],
    [['{"a":1}'], { value: ['{"a":1}'] }],
  ])('of %j is an object', (given, object) => {
    expect(argumentsObject(given)).toEqual(object);
  });
});
