import type { IdKind, IdSource } from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';

/** What {@link countingIds} takes. */
export interface CountingIdsOptions {
  /** Stands before every id: two sources with prefixes of their own can serve one store. */
  readonly prefix?: string;
}

const optionNames = { prefix: true } satisfies Record<keyof CountingIdsOptions, true>;

/**
 * Ids that can be written into a test: `task-1`, `handoff-1`, `handoff-2`, `record-1`, …, counted for
 * each kind. Every call of `countingIds` counts from 1, so two sources without a prefix collide.
 *
 * @example
 * const ids = countingIds();
 * ids('task'); // 'task-1'
 * ids('task'); // 'task-2'
 */
export function countingIds(options: CountingIdsOptions = {}): IdSource {
  checkOptions('countingIds', options, optionNames);
  const { prefix = '' } = options;
  const counts = new Map<IdKind, number>();
  return (kind) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${prefix}${kind}-${count}`;
  };
}
