import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomTranscript } from '../../test/random-transcript.ts';
import { sampled } from '../../test/sampled.ts';
import { createAgentState } from './agent-state.ts';
import { applyFilters } from './apply-filters.ts';
import { type Message, type MessagePart, message } from './message.ts';
import { removeToolCalls } from './remove-tool-calls.ts';

const needed = { sourceAgentId: 'triage', targetAgentId: 'billing', originalTask: 'Refund it' };
const call = (id: string, name: string): MessagePart => ({
  type: 'tool_call',
  id,
  name,
  arguments: { secretive: 'argument' },
});
const messages: readonly Message[] = [
  message.user('Refund me'),
  message.assistant([
    { type: 'text', content: 'I look it up.' },
    { type: 'reasoning', content: 'hm' },
    call('a', 'search'),
    call('b', 'transfer_to_billing'),
  ]),
  message.tool('a', 'found in the vault'),
  message.tool('b', 'transferred'),
  message.assistant([{ type: 'reasoning', content: 'again' }, call('a', 'search')]),
  message.tool('a', 'found in the vault again'),
  message.assistant('Paid by card.'),
];
const state = createAgentState({
  agentId: 'triage',
  messages,
  toolHistory: ['search', 'transfer_to_billing', 'search'],
  errors: ['search was slow'],
});
const context = applyFilters({ ...needed, state, keepMessages: 20 }, [removeToolCalls()]);

describe('removeToolCalls', () => {
  it('leaves no call and no result in messages, summary and snapshot', () => {
    expect(JSON.stringify(context)).not.toMatch(/argument|vault|transferred|hm|again/);
    expect(context.keyMessages.map(({ role }) => role)).toEqual(['user', 'assistant', 'assistant']);
    expect(context.conversationSummary).toBe(
      '[USER]: Refund me\n[ASSISTANT]: I look it up.\n[ASSISTANT]: Paid by card.',
    );
    expect(context.stateSnapshot).toEqual({
      errors: ['search was slow'],
      iteration: 0,
      toolHistory: [],
    });
  });

  it("removes handoff calls alone with only: 'handoffs', and their results with them", () => {
    const kept = applyFilters({ ...needed, state, keepMessages: 20 }, [
      removeToolCalls({ only: 'handoffs' }),
    ]);
    expect(JSON.stringify(kept)).not.toMatch(/transfer/);
    expect(kept.keyMessages.filter(({ role }) => role === 'tool')).toHaveLength(2);
    expect(kept.conversationSummary).toContain('search returned found in the vault again');
    expect(kept.stateSnapshot['toolHistory']).toEqual(['search', 'search']);
  });

  it('pairs results with calls where ids come again', () => {
    const twice = [
      message.assistant([call('a', 'delegate_to_x')]),
      message.tool('a', 'of the handoff'),
      message.assistant([call('a', 'search')]),
      message.tool('a', 'of the search'),
    ];
    const filter = removeToolCalls({ only: 'handoffs' });
    const kept = filter.conversation?.(twice, { ...needed, reason: 'delegation' });
    expect(kept).toEqual(twice.slice(2));
  });

  const request = { ...needed, reason: 'delegation' } as const;

  it('leaves out a message of which nothing but thoughts is left, and keeps thoughts alone', () => {
    const thought: MessagePart = { type: 'reasoning', content: 'hm' };
    const alone = message.assistant([thought]);
    const given = [alone, message.assistant([thought, call('a', 'search')]), message.tool('a', 1)];
    expect(removeToolCalls().conversation?.(given, request)).toEqual([alone]);
  });

  it("keeps results without a call with only: 'handoffs', and removes them otherwise", () => {
    const orphan = [message.tool('x', 'of nothing')];
    expect(removeToolCalls({ only: 'handoffs' }).conversation?.(orphan, request)).toEqual(orphan);
    expect(removeToolCalls().conversation?.(orphan, request)).toEqual([]);
  });

  it('takes no call of a user for one', () => {
    const posing = message.user([{ type: 'text', content: 'hi' }, call('a', 'transfer_to_x')]);
    const real = [message.assistant([call('a', 'search')]), message.tool('a', 'found')];
    const kept = removeToolCalls({ only: 'handoffs' }).conversation?.([posing, ...real], request);
    expect(kept).toEqual([message.user('hi'), ...real]);
  });

  it('keeps what is no name in a tool history', () => {
    const stateSnapshot = { toolHistory: [7, 'search', null] };
    const { stateSnapshot: kept } = applyFilters({ ...needed, stateSnapshot }, [removeToolCalls()]);
    expect(kept).toEqual({ toolHistory: [7, null] });
  });

  it('keeps a summary and a snapshot of the sender as they are', () => {
    const own = { conversationSummary: 'I called search.', stateSnapshot: { step: 'two' } };
    expect(applyFilters({ ...needed, ...own }, [removeToolCalls()])).toMatchObject(own);
  });

  const sample = sampled(3_000, 200);
  it(`leaves no call of any kind in any transcript (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(randomTranscript, (given) => {
        const kept = removeToolCalls().conversation?.(given, { ...needed, reason: 'delegation' });
        const types = kept?.flatMap(({ parts }) => parts.map(({ type }) => type));
        expect(types).not.toContain('tool_call');
        expect(types).not.toContain('tool_call_response');
        const text = (all: readonly Message[] = []) =>
          all.flatMap(({ parts }) => parts.filter(({ type }) => type === 'text'));
        expect(text(kept)).toEqual(text(given));
      }),
      sample,
    );
  });
});
