import type { HandoffStore } from '@agent-handoff/core/store';

/** A store as plain functions, so that a test can put its own in the place of some. */
export function boundStore(whole: HandoffStore): HandoffStore {
  return {
    append: (...input) => whole.append(...input),
    readTask: (...input) => whole.readTask(...input),
    findTask: (...input) => whole.findTask(...input),
    readBodies: (...input) => whole.readBodies(...input),
    query: (...input) => whole.query(...input),
    watch: (...input) => whole.watch(...input),
    prune: (...input) => whole.prune(...input),
    ...(whole.threads ? { threads: whole.threads } : {}),
  };
}
