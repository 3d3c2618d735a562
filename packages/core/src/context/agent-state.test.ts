import { describe, expect, it } from 'vitest';
import { createAgentState, snapshotState, withMessage } from './agent-state.ts';
import { message } from './message.ts';

describe('createAgentState', () => {
  it('begins with nothing', () => {
    expect(createAgentState({ agentId: 'a' })).toEqual({
      agentId: 'a',
      confidence: 0,
      errors: [],
      iteration: 0,
      messages: [],
      toolHistory: [],
    });
  });

  it('keeps what is given', () => {
    expect(createAgentState({ agentId: 'a', confidence: 0.4, iteration: 2 })).toMatchObject({
      confidence: 0.4,
      iteration: 2,
    });
  });
});

describe('withMessage', () => {
  it('adds at the end and leaves the old state alone', () => {
    const before = createAgentState({ agentId: 'a', messages: [message.user('1')] });
    expect(withMessage(before, message.user('2')).messages).toEqual([
      message.user('1'),
      message.user('2'),
    ]);
    expect(before.messages).toHaveLength(1);
  });
});

describe('snapshotState', () => {
  it('lets nothing travel but the iteration, the last 5 tools and the last 3 errors', () => {
    const state = createAgentState({
      agentId: 'a',
      confidence: 1,
      errors: ['1', '2', '3', '4'],
      iteration: 9,
      messages: [message.user('private')],
      toolHistory: ['a', 'b', 'c', 'd', 'e', 'f'],
    });
    expect(snapshotState({ ...state, extra: 'x' } as typeof state)).toEqual({
      errors: ['2', '3', '4'],
      iteration: 9,
      toolHistory: ['b', 'c', 'd', 'e', 'f'],
    });
  });
});
