import { describe, expect, it } from 'vitest';
import { applyFilters } from './apply-filters.ts';
import { lastMessages } from './last-messages.ts';
import { message } from './message.ts';

const needed = { sourceAgentId: 'triage', targetAgentId: 'billing', originalTask: 'Refund it' };
const keyMessages = [
  message.user('one'),
  message.assistant('two'),
  message.user('three'),
  message.assistant([
    { type: 'tool_call', id: 'a', name: 'search', arguments: {} },
    { type: 'tool_call', id: 'b', name: 'read', arguments: {} },
  ]),
  message.tool('a', 'found'),
  message.tool('b', 'read'),
  message.assistant('four'),
];
const last = (count: number) =>
  applyFilters({ ...needed, keyMessages, conversationSummary: 'All of it' }, [lastMessages(count)]);

describe('lastMessages', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 4],
    [3, 5],
    [4, 6],
    [5, 7],
    [6, 7],
    [99, 7],
  ])('%s: a call counts with its results, so %s are kept', (count, kept) => {
    expect(last(count).keyMessages).toEqual(keyMessages.slice(keyMessages.length - kept));
  });

  it('keeps the summary', () => {
    expect(last(0).conversationSummary).toBe('All of it');
  });

  it.each([-1, 1.5, Number.NaN])('refuses %s', (count) => {
    expect(() => lastMessages(count)).toThrow(/whole number/);
  });
});
