import { expect, test } from 'vitest';
import { countingIds } from './counting-ids.ts';
import { seededIds } from './seeded-ids.ts';

test('counts each kind by itself', () => {
  const ids = countingIds();
  expect([ids('task'), ids('handoff'), ids('handoff'), ids('task'), ids('salt')]).toEqual([
    'task-1',
    'handoff-1',
    'handoff-2',
    'task-2',
    'salt-1',
  ]);
  expect(countingIds({ prefix: 'eu-' })('task')).toBe('eu-task-1');
  expect(countingIds()('task')).toBe('task-1');
});

test('seeded ids are version 4 UUIDs, unique, and the same for one seed', () => {
  const source = seededIds(7);
  const ids = Array.from({ length: 5_000 }, () => source('task'));
  expect(new Set(ids).size).toBe(5_000);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  const again = seededIds(7);
  expect(ids.slice(0, 3)).toEqual([again('task'), again('task'), again('task')]);
  expect(seededIds('a')('task')).not.toBe(seededIds('b')('task'));
});
