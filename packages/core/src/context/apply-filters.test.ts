import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainTranscript } from '../../test/random-transcript.ts';
import { sampled } from '../../test/sampled.ts';
import { transcriptFaults } from '../../test/transcript-faults.ts';
import { createAgentState } from './agent-state.ts';
import { applyFilters, filterConversation } from './apply-filters.ts';
import { type ContextFilter, composeFilters } from './context-filter.ts';
import { createHandoffContext } from './create-handoff-context.ts';
import { foldToolCalls } from './fold-tool-calls.ts';
import { lastMessages } from './last-messages.ts';
import { message } from './message.ts';
import { parseHandoffContext } from './parse-handoff-context.ts';
import { onlyFindings, pickFindings } from './pick-findings.ts';
import { removeToolCalls } from './remove-tool-calls.ts';
import { repairTranscript } from './repair-transcript.ts';
import { withinTokens } from './within-tokens.ts';

const needed = { sourceAgentId: 'triage', targetAgentId: 'billing', originalTask: 'Refund it' };
const search = message.assistant([
  { type: 'tool_call', id: 'a', name: 'search', arguments: { q: 'order' } },
]);
const found = message.tool('a', 'order 7');
const state = createAgentState({
  agentId: 'triage',
  messages: [message.user('hello'), search, found, message.assistant('It is order 7.')],
  toolHistory: ['search', 'transfer_to_billing'],
});

describe('applyFilters', () => {
  it('is createHandoffContext where there are no filters', () => {
    const options = {
      ...needed,
      state,
      keepMessages: true,
      taskId: 't',
      handoffId: 'h',
      createdAt: '2026-11-24T09:30:00Z',
      // Not repaired, for nobody asked for it.
      keyMessages: [found],
    };
    expect(applyFilters(options, [])).toEqual(createHandoffContext(options));
  });

  it('filters a state before its summary is written, with the summarize of the environment', () => {
    const seen: unknown[] = [];
    const made = applyFilters({ ...needed, state }, [removeToolCalls()], {
      summarize: (messages) => {
        seen.push(...messages);
        return 'written';
      },
    });
    expect(seen).toEqual([state.messages[0], state.messages[3]]);
    expect(made.conversationSummary).toBe('written');
  });

  it('applies filters in their order, and to a finished context', () => {
    const context = createHandoffContext({ ...needed, state, keepMessages: true });
    const adding = (letter: string): ContextFilter => ({
      conversation: (messages) => [...messages, message.user(letter)],
      context: (handedOn) => ({
        ...handedOn,
        progressSummary: (handedOn.progressSummary ?? '') + letter,
      }),
    });
    for (const filters of [
      [adding('a'), adding('b')],
      [composeFilters(adding('a'), adding('b'))],
    ]) {
      const made = applyFilters(context, filters);
      expect(made.progressSummary).toBe('ab');
      expect(made.keyMessages.slice(-2)).toEqual([message.user('a'), message.user('b')]);
    }
    expect(applyFilters(context, [{}])).toEqual(context);
  });

  it('tells a filter whom it works for', () => {
    const requests: unknown[] = [];
    const spy: ContextFilter = {
      conversation: (messages, request) => {
        requests.push(request);
        return messages;
      },
      context: (handedOn, request) => {
        requests.push(request);
        return handedOn;
      },
    };
    applyFilters({ ...needed, state, reason: 'escalation' }, [spy]);
    applyFilters({ ...needed, state }, [spy]);
    const request = { reason: 'escalation', sourceAgentId: 'triage', targetAgentId: 'billing' };
    const usual = { ...request, reason: 'specialization' };
    expect(requests).toEqual([request, request, usual, usual]);
  });

  it('shows a filter what is there, and nothing that is not', () => {
    const seen: unknown[] = [];
    const spy: ContextFilter = {
      context: (handedOn) => {
        seen.push(handedOn);
        return handedOn;
      },
    };
    applyFilters(needed, [spy]);
    expect(seen).toStrictEqual([{ findings: {}, keyMessages: [], stateSnapshot: {} }]);
  });

  it('checks, redacts and bounds what a filter returns, and takes nothing else from it', () => {
    const adding: ContextFilter = {
      context: (handedOn) => ({
        ...handedOn,
        findings: { apiKey: 'x' },
        scope: ['*'],
        conversationSummary: ' ',
      }),
    };
    const made = applyFilters({ ...needed, scope: ['search'] }, [adding]);
    expect(made.findings).toEqual({ apiKey: '[redacted]' });
    expect(made.scope).toEqual(['search']);
    expect(made).not.toHaveProperty('conversationSummary');
  });

  it.each<[string, ContextFilter]>([
    [
      'throws',
      {
        context: () => {
          throw new Error('boom');
        },
      },
    ],
    ['gives no messages', { context: (handedOn) => ({ ...handedOn, keyMessages: 7 as never }) }],
    ['gives no findings', { context: (handedOn) => ({ ...handedOn, findings: 7 as never }) }],
    ['gives a number', { context: () => 7 as never }],
    ['gives no conversation', { conversation: () => [7] as never }],
  ])('refuses the context where a filter %s', (_, filter) => {
    expect(() => applyFilters({ ...needed, state }, [filter])).toThrow(
      expect.objectContaining({ code: 'INVALID_CONTEXT' }),
    );
  });

  it('says that it was a filter that failed', () => {
    const failing: ContextFilter = {
      conversation: () => {
        throw new Error('boom');
      },
    };
    expect(() => applyFilters({ ...needed, state }, [failing])).toThrow(
      'A context filter failed: boom',
    );
  });

  it('leaves the refusal of wrong options to createHandoffContext', () => {
    const wrong = { ...needed, state: { messages: 7 } as never };
    expect(() => applyFilters(wrong, [onlyFindings()])).toThrow(/state is not an AgentState/);
    expect(() => applyFilters(null as never, [onlyFindings()])).toThrow(/options is not an object/);
  });

  const filters: Record<string, ContextFilter> = {
    'removeToolCalls()': removeToolCalls(),
    "removeToolCalls({ only: 'handoffs' })": removeToolCalls({ only: 'handoffs' }),
    'foldToolCalls()': foldToolCalls(),
    'lastMessages(3)': lastMessages(3),
    'withinTokens(60)': withinTokens(60),
    'onlyFindings()': onlyFindings(),
    "pickFindings(['a'])": pickFindings(['a']),
    'all together': composeFilters(
      removeToolCalls({ only: 'handoffs' }),
      foldToolCalls(),
      lastMessages(4),
      withinTokens(100),
    ),
  };
  const sample = sampled(3_000, 150);
  for (const [name, filter] of Object.entries(filters)) {
    it(`${name} gives a sound transcript, twice the same, and changes no input (seed ${sample.seed})`, () => {
      fc.assert(
        fc.property(plainTranscript, fc.boolean(), (messages, asState) => {
          const before = JSON.stringify(messages);
          const findings = { a: 1, b: 'two' };
          const options = asState
            ? { ...needed, findings, state: { ...state, messages }, keepMessages: 20 }
            : { ...needed, findings, keyMessages: messages };
          const once = applyFilters(options, [filter]);
          expect(JSON.stringify(messages)).toBe(before);
          expect(transcriptFaults(once.keyMessages)).toEqual([]);
          expect(repairTranscript(once.keyMessages)).toEqual(once.keyMessages);
          expect(parseHandoffContext(JSON.parse(JSON.stringify(once)))).toEqual(once);
          expect(applyFilters(once, [filter])).toEqual(once);
        }),
        sample,
      );
    });
  }
});

describe('filterConversation', () => {
  it('gives what the filters leave of the messages of a state', () => {
    const kept = [state.messages[0], state.messages[3]];
    expect(filterConversation({ ...needed, state }, [removeToolCalls()])).toEqual(kept);
    expect(filterConversation({ ...needed, state }, [])).toEqual(state.messages);
  });

  it.each([undefined, null, 7, {}, { messages: 7 }])('gives none where the state is %j', (odd) => {
    expect(filterConversation({ ...needed, state: odd as never }, [removeToolCalls()])).toEqual([]);
  });
});
