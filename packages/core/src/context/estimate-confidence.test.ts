import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVectors } from '../../test/read-vectors.ts';
import { sampled } from '../../test/sampled.ts';
import { estimateConfidence } from './estimate-confidence.ts';

describe('estimateConfidence', () => {
  it('gives what the vectors hold', () => {
    for (const { response, baseConfidence, confidence } of readVectors().confidence) {
      expect(estimateConfidence(response, baseConfidence), response).toBe(confidence);
    }
  });

  it.each([
    'The issue is unresolved.',
    'The issue remains unsolved',
    'Payment unconfirmed, payment non-confirmed',
    'The delivery is not confirmed.',
    'It was never confirmed',
    "It isn't solved.",
    'It isn’t solved.',
    'It isnt solved',
    'The problem could not be resolved',
    'The problem couldn’t be resolved',
    'This cannot be confirmed from the logs',
    'Not yet fully resolved',
    'It has not been completely and finally resolved',
    'No issue was resolved',
    'Nothing is confirmed',
    'We were unable to get it confirmed',
    'The fix failed to get it resolved',
    'The cause is yet to be confirmed',
    'Once resolved, write to the customer',
    'It will stay open until solved',
    'Tell me if confirmed',
    'It may be resolved soon',
    'It needs to be confirmed',
    'It may very soon be resolved',
    'They need to finally be confirmed',
    'They remain to finally be confirmed',
    'They fail to get it resolved',
    'Payment nonconfirmed',
    'Is it resolved?',
    'Resolved: no',
    'Resolved : no',
    '{"resolved": false}',
    '**Confirmed:** no',
    'UNRESOLVED',
    'The first is resolved. The second is not resolved.',
    'I am uncertain',
    'It is unclear',
    'We need more data',
  ])('lowers it for: %s', (response) => {
    expect(estimateConfidence(response, 0.5)).toBe(0.4);
  });

  it.each([
    'Resolved.',
    'The issue is now resolved!',
    'Confirmed: the parcel arrived',
    '{"resolved": true}',
    'The cause was not the cache; the fault is confirmed.',
    'No. The second one was solved',
    'SOLVED but the log is unclear',
    'Resolved. Are you glad?',
    'Resolved,ok?',
  ])('raises it by 0.2 for: %s', (response) => {
    expect(estimateConfidence(response, 0.5)).toBe(0.7);
  });

  it.each(['The order arrived on Tuesday', 'The resolver dissolved it', 'reconfirmed'])(
    'raises it by 0.1 for: %s',
    (response) => {
      expect(estimateConfidence(response, 0.5)).toBe(0.6);
    },
  );

  it.each(['.', ',', ';', ':', '!', '?', '(', ')', '\n'])(
    'takes %j for the end of a clause',
    (end) => {
      expect(estimateConfidence(`Not now${end} resolved`, 0.5)).toBe(0.7);
    },
  );

  it('looks back as far as six words and 80 characters', () => {
    expect(estimateConfidence('not a b c d  e resolved', 0.5)).toBe(0.4);
    expect(estimateConfidence('not a b c d  e f resolved', 0.5)).toBe(0.7);
    expect(estimateConfidence(`not ${'x'.repeat(75)} resolved`, 0.5)).toBe(0.4);
    expect(estimateConfidence(`not ${'x'.repeat(79)} resolved`, 0.5)).toBe(0.7);
  });

  it.each(['', ' ', '\n\t', '\u00a0'])('is the base for the blank answer %j', (response) => {
    expect(estimateConfidence(response, 0.3)).toBe(0.3);
  });

  it('takes any base', () => {
    expect(estimateConfidence('', Number.NaN)).toBe(0);
    expect(estimateConfidence('fine', Number.NaN)).toBe(0.1);
    expect(estimateConfidence('', -3)).toBe(0);
    expect(estimateConfidence('unclear', 7)).toBe(0.9);
    expect(estimateConfidence('fine', Number.POSITIVE_INFINITY)).toBe(1);
  });

  const sample = sampled(10_000, 1_000);
  it(`stays from 0 to 1 and near its base (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(fc.string(), fc.double(), (response, base) => {
        const estimate = estimateConfidence(response, base);
        expect(estimate).toBeGreaterThanOrEqual(0);
        expect(estimate).toBeLessThanOrEqual(1);
      }),
      sample,
    );
  });

  it('takes linear time', () => {
    const before = process.cpuUsage();
    for (const piece of ['not ', 'resolved ', 'no no no be ', '\n', 'x']) {
      estimateConfidence(piece.repeat(200_000), 0.5);
    }
    // Quadratic scans take minutes. Of the processor, which a busy machine doesn't prolong.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  });
});
