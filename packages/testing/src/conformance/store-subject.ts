import type { HandoffStore } from '@agent-handoff/core/store';

/** How a suite gets at stores. */
export interface StoreSubject {
  /** An empty store. */
  readonly store: HandoffStore;
  /** The same records through another connection; for stores that several processes share. */
  readonly connect?: () => HandoffStore | Promise<HandoffStore>;
  /** Closes the store and opens it again on the same records; for stores that keep them. */
  readonly reopen?: () => HandoffStore | Promise<HandoffStore>;
}
