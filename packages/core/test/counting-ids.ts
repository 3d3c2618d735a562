import type { IdSource } from '../src/runtime/id-source.ts';

/** Ids that count, each kind by itself: `task-1`, `handoff-1`, `handoff-2`. */
export function countingIds(suffix = ''): IdSource {
  const counts = new Map<string, number>();
  return (kind) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${kind}-${count}${suffix}`;
  };
}
