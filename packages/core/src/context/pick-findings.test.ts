import { describe, expect, it } from 'vitest';
import { createAgentState } from './agent-state.ts';
import { applyFilters } from './apply-filters.ts';
import { message } from './message.ts';
import { onlyFindings, pickFindings } from './pick-findings.ts';
import { toPrompt } from './to-prompt.ts';

const options = {
  sourceAgentId: 'triage',
  targetAgentId: 'billing',
  originalTask: 'Refund it',
  instructions: 'Be kind',
  payload: { order: 7 },
  progressSummary: 'Half way',
  findings: { card: 'visa', order: 7, constructor: 'x' },
  keepMessages: true,
  state: createAgentState({
    agentId: 'triage',
    messages: [message.user('I am Ann')],
    iteration: 3,
  }),
};

describe('onlyFindings', () => {
  it('hands on the findings and nothing else of the past', () => {
    let asked = '';
    const made = applyFilters(options, [onlyFindings()], {
      summarize: (messages) => {
        asked += messages.length;
        return '';
      },
    });
    expect(asked).toBe('0');
    expect(made).toMatchObject({ keyMessages: [], stateSnapshot: {}, findings: options.findings });
    expect(made).not.toHaveProperty('conversationSummary');
    expect(made).not.toHaveProperty('progressSummary');
    expect(JSON.stringify(made)).not.toContain('Ann');
    expect(toPrompt(made)).toMatch(/Be kind/);
    expect(made.payload).toEqual({ order: 7 });
  });

  it('hands on chosen ones', () => {
    expect(applyFilters(options, [onlyFindings(['card', 'toString'])]).findings).toEqual({
      card: 'visa',
    });
  });
});

describe('pickFindings', () => {
  it('takes keys or a function, and leaves everything else', () => {
    const keys = applyFilters(options, [pickFindings(['order', 'none'])]);
    expect(keys.findings).toEqual({ order: 7 });
    expect(keys.conversationSummary).toBe('[USER]: I am Ann');
    const texts = applyFilters(options, [pickFindings((_, value) => typeof value === 'string')]);
    expect(texts.findings).toEqual({ card: 'visa', constructor: 'x' });
  });
});
