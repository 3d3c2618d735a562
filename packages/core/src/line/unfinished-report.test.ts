import { describe, expect, it } from 'vitest';
import { report } from '../../test/scripted-agent.ts';
import type { AgentReport } from '../agent/agent-report.ts';
import type { Delegation } from './outcome.ts';
import { unfinishedReport } from './unfinished-report.ts';

/** What its error tells. */
function told(fields: Partial<AgentReport>, waitsFor: readonly Delegation[] = []) {
  const error = unfinishedReport('billing', report(fields), waitsFor);
  return error && { code: error.code, message: error.message, details: error.details };
}

describe('a report', () => {
  it('is the end of the work with a text, with data, or with a transfer', () => {
    const transfer = { target: 'legal', reason: 'specialization', toolCallId: 'c' } as const;
    expect(told({ output: 'Refunded.' })).toBeUndefined();
    expect(told({ output: '', data: { amount: 5 } })).toBeUndefined();
    expect(told({ output: '', transfer })).toBeUndefined();
  });

  it('of white space alone says nothing', () => {
    expect(told({ output: ' \n' })).toEqual({
      code: 'EMPTY_OUTPUT',
      message: 'Agent "billing" completed without an answer.',
      details: { agentId: 'billing' },
    });
  });

  it('that stopped short keeps its text so far', () => {
    expect(told({ status: 'incomplete', output: 'So far' })).toEqual({
      code: 'INCOMPLETE',
      message:
        'Agent "billing" stopped before it was done, at a limit of steps or of length: raise the limit, or give it less to do. Its text so far is in details.output.',
      details: { agentId: 'billing', output: 'So far' },
    });
  });

  it('that waits for a person says what for, if anything', () => {
    const waits = (output: string, details: object) =>
      expect(told({ status: 'awaiting-approval', output })).toEqual({
        code: 'AWAITING_APPROVAL',
        message: 'Agent "billing" waits for a person\'s decision.',
        details: { agentId: 'billing', ...details },
      });
    waits('May I?', { output: 'May I?' });
    waits(' ', {});
  });

  it('waits for the work that was given out, whatever else it says', () => {
    const waitsFor = ['a', 'b'].map((handoffId) => ({ handoffId, toolCallId: 'c' }));
    for (const status of ['completed', 'incomplete', 'awaiting-approval'] as const) {
      expect(told({ status, output: 'Refunded.' }, waitsFor)).toEqual({
        code: 'AWAITING_APPROVAL',
        message: 'Agent "billing" goes on when the work it gave out is decided about: resume a, b.',
        details: { agentId: 'billing', waitsFor: ['a', 'b'] },
      });
    }
  });
});
