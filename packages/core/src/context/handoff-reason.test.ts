import { describe, expect, it } from 'vitest';
import { describeReason, handoffReasons, isHandoffReason } from './handoff-reason.ts';

describe('handoffReasons', () => {
  it('are five, each with a sentence of its own', () => {
    expect(handoffReasons).toEqual([
      'specialization',
      'escalation',
      'delegation',
      'completion',
      'failure',
    ]);
    expect(new Set(handoffReasons.map(describeReason)).size).toBe(5);
    for (const reason of handoffReasons)
      expect(describeReason(reason)).toMatch(/^[A-Z].{20,}[^.]$/);
  });

  it('are told from everything else', () => {
    expect(handoffReasons.every(isHandoffReason)).toBe(true);
    for (const other of ['', 'Failure', 'toString', null, 0]) {
      expect(isHandoffReason(other)).toBe(false);
    }
  });
});
