import { describe, expect, it } from 'vitest';
import { toTimestamp } from '../runtime/clock.ts';
import { isTimestamp } from './timestamp.ts';

describe('isTimestamp', () => {
  it.each([
    '2026-11-24T09:30:00Z',
    '2026-11-24T09:30:00.1Z',
    '2026-11-24T09:30:00.123456789Z',
    '2024-02-29T23:59:59.999Z',
    '0001-01-01T00:00:00Z',
    '2000-02-29T00:00:00Z',
    '2026-12-31T00:00:00Z',
    toTimestamp(0),
  ])('takes %s', (text) => {
    expect(isTimestamp(text)).toBe(true);
  });

  it('knows the length of every month', () => {
    const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    lengths.forEach((days, index) => {
      const month = String(index + 1).padStart(2, '0');
      expect(isTimestamp(`2026-${month}-${days}T00:00:00Z`)).toBe(true);
      expect(isTimestamp(`2026-${month}-${days + 1}T00:00:00Z`)).toBe(false);
    });
  });

  it.each([
    '',
    ['2026-11-24T09:30:00Z'],
    '2026-11-24',
    '2026-11-24 09:30:00Z',
    '2026-11-24T09:30:00',
    '2026-11-24t09:30:00z',
    '2026-11-24T09:30Z',
    '2026-11-24T09:30:00+00:00',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-02-30T00:00:00Z',
    '2024-02-32T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-13-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-04-00T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T23:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-11-24T09:30:00.Z',
    ' 2026-11-24T09:30:00Z',
    '2026-11-24T09:30:00Z\n',
    '+002026-11-24T09:30:00Z',
    0,
    null,
    new Date(0),
  ])('refuses %j', (value) => {
    expect(isTimestamp(value)).toBe(false);
  });
});
