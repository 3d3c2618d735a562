import { checkOptions } from '@agent-handoff/core/adapter';
import type { HandoffStore } from '@agent-handoff/core/store';
import { afterEach, describe, test } from 'vitest';
import { appendChecks } from './append-checks.ts';
import type { ConformanceCheck } from './conformance-check.ts';
import { eraseChecks } from './erase-checks.ts';
import { pruneChecks } from './prune-checks.ts';
import { queryChecks } from './query-checks.ts';
import { readChecks } from './read-checks.ts';
import type { StoreSubject } from './store-subject.ts';
import { threadChecks } from './thread-checks.ts';
import { watchChecks } from './watch-checks.ts';

/** Everything that the {@link HandoffStore} port promises. */
export const handoffStoreChecks: readonly ConformanceCheck<StoreSubject>[] = [
  ...appendChecks,
  ...eraseChecks,
  ...readChecks,
  ...queryChecks,
  ...watchChecks,
  ...pruneChecks,
  ...threadChecks,
];

/** What {@link describeHandoffStore} takes for stores that outlive their object or keep no threads. */
export interface HandoffStoreSuiteOptions {
  /** False for a store that keeps no threads. Default true. */
  readonly threads?: boolean;
  /** Another connection to the records of this store, as another process would have. */
  readonly connect?: (store: HandoffStore) => HandoffStore | Promise<HandoffStore>;
  /** Closes the store and opens its records again. */
  readonly reopen?: (store: HandoffStore) => HandoffStore | Promise<HandoffStore>;
  /** Called after each test with every store that was opened in it. */
  readonly close?: (store: HandoffStore) => void | Promise<void>;
}

const optionNames = {
  threads: true,
  connect: true,
  reopen: true,
  close: true,
} satisfies Record<keyof HandoffStoreSuiteOptions, true>;

/**
 * The conformance suite of stores: one vitest test for each promise of the port.
 *
 * @param make gives an empty store; called once for each test.
 *
 * @example
 * describeHandoffStore('memoryStore', () => memoryStore());
 */
export function describeHandoffStore(
  name: string,
  make: () => HandoffStore | Promise<HandoffStore>,
  options: HandoffStoreSuiteOptions = {},
): void {
  checkOptions('describeHandoffStore', options, optionNames);
  const { threads = true, connect, reopen, close } = options;
  describe(`${name} is a HandoffStore that`, () => {
    const opened: HandoffStore[] = [];
    afterEach(async () => {
      for (const store of opened.splice(0)) await close?.(store);
    });
    const noted = async (store: HandoffStore | Promise<HandoffStore>): Promise<HandoffStore> => {
      opened.push(await store);
      return store;
    };
    for (const check of handoffStoreChecks) {
      if (!threads && threadChecks.includes(check)) continue;
      test(check.name, async () => {
        const store = await noted(make());
        await check.run({
          store,
          ...(connect ? { connect: () => noted(connect(store)) } : {}),
          ...(reopen ? { reopen: () => noted(reopen(store)) } : {}),
        });
      });
    }
  });
}
