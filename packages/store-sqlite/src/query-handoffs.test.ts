import type { HandoffQuery } from '@agent-handoff/core/store';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../test/temporary-files.ts';
import { openDatabase } from './open-database.ts';
import { querySql } from './query-handoffs.ts';

const files = temporaryFiles();

const filters: readonly HandoffQuery[] = [
  {},
  { taskId: 't' },
  { threadId: 't' },
  { status: 'running' },
  { taskId: 't', status: 'running' },
  { threadId: 't', status: 'running' },
  { taskId: 't', threadId: 't', status: 'running' },
];
const queries = filters.flatMap((filter) => [filter, { ...filter, first: 'newest' as const }]);

test.each(queries)('a page of %j is found by an index, from the cursor on', (query) => {
  const database = openDatabase(files.next(), 0);
  const steps = database
    .prepare(`EXPLAIN QUERY PLAN ${querySql(query)}`)
    .all()
    .map(({ detail }) => String(detail));
  database.close();
  expect(
    steps.filter((step) => /^SEARCH handoffs USING .*(?:rowid|id)[<>]\?/.test(step)),
  ).toHaveLength(1);
  expect(
    steps.filter((step) => /^SEARCH records USING INTEGER PRIMARY KEY/.test(step)),
  ).toHaveLength(1);
  // What is looked at besides is the page that was found.
  expect(steps.filter((step) => /^SCAN/.test(step))).toEqual(['SCAN page']);
});
