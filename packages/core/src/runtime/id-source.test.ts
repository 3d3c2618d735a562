import { describe, expect, it } from 'vitest';
import { isIdentifier } from '../context/identifier.ts';
import { randomIds } from './id-source.ts';

describe('randomIds', () => {
  it('draws a version 4 UUID for every kind, never the same', () => {
    const kinds = ['task', 'handoff', 'record', 'salt', 'delimiter', 'seed'] as const;
    const drawn = Array.from({ length: 600 }, (_, i) => randomIds(kinds[i % 6] ?? 'task'));
    for (const id of drawn) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(isIdentifier(id)).toBe(true);
    }
    expect(new Set(drawn).size).toBe(600);
  });
});
