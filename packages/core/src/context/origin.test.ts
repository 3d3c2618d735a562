import { expect, it } from 'vitest';
import { leastTrusted, type Origin } from './origin.ts';

it.each<[Origin, Origin, Origin]>([
  ['own', 'own', 'own'],
  ['own', 'verified', 'verified'],
  ['own', 'unverified', 'unverified'],
  ['verified', 'verified', 'verified'],
  ['verified', 'unverified', 'unverified'],
  ['unverified', 'unverified', 'unverified'],
])('of %s and %s the less trusted is %s', (a, b, least) => {
  expect(leastTrusted(a, b)).toBe(least);
  expect(leastTrusted(b, a)).toBe(least);
});
