import type { HandoffStore } from '../src/record/handoff-store.ts';

type Method = 'append' | 'readTask' | 'findTask' | 'readBodies' | 'query' | 'watch' | 'prune';

/** When a method of a {@link FaultyStore} throws. */
export interface Fault {
  readonly method: Method;
  /** Before the store did anything, or after it did all: only its answer is lost. */
  readonly when: 'before' | 'after';
  /** The calls that fail, from 1; default every one. */
  readonly calls?: readonly number[];
}

export interface FaultyStore extends HandoffStore {
  /** What fails from now on; each method counts its calls anew. */
  break(...faults: readonly Fault[]): void;
  /** Calls of a method since the last `break`. */
  callsOf(method: Method): number;
}

/** A store that fails where it is told to. */
export function faultyStore(store: HandoffStore, ...initial: readonly Fault[]): FaultyStore {
  let faults = initial;
  const counts = new Map<Method, number>();

  function begin(method: Method): number {
    const call = (counts.get(method) ?? 0) + 1;
    counts.set(method, call);
    failIf(method, 'before', call);
    return call;
  }
  function failIf(method: Method, when: Fault['when'], call: number): void {
    for (const fault of faults) {
      if (fault.method !== method || fault.when !== when) continue;
      if (fault.calls === undefined || fault.calls.includes(call)) {
        throw new Error(`disk on fire (${method} ${call}, ${when})`);
      }
    }
  }
  async function tried<Answer>(method: Method, act: () => Promise<Answer>): Promise<Answer> {
    const call = begin(method);
    const answer = await act();
    failIf(method, 'after', call);
    return answer;
  }

  return {
    break(...next) {
      faults = next;
      counts.clear();
    },
    callsOf: (method) => counts.get(method) ?? 0,
    append: (...args) => tried('append', () => store.append(...args)),
    readTask: (...args) => tried('readTask', () => store.readTask(...args)),
    findTask: (...args) => tried('findTask', () => store.findTask(...args)),
    readBodies: (...args) => tried('readBodies', () => store.readBodies(...args)),
    query: (...args) => tried('query', () => store.query(...args)),
    prune: (...args) => tried('prune', () => store.prune(...args)),
    async *watch(...args) {
      const call = begin('watch');
      for await (const record of store.watch(...args)) {
        yield record;
        failIf('watch', 'after', call);
      }
    },
  };
}
