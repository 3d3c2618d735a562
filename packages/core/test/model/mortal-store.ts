import type { HandoffStore } from '../../src/record/handoff-store.ts';
import type { ThreadStore } from '../../src/record/thread-store.ts';

/** A store as one process sees it, until that process dies. */
export interface MortalStore extends HandoffStore {
  readonly threads: ThreadStore;
  /** Writes that this process made: appends and versions of threads. */
  readonly writes: number;
  readonly isDead: boolean;
  /** From now on nothing comes back, and nothing is written. */
  die(): void;
  /** Dies behind so many writes more. */
  dieAfter(writes: number): void;
}

/**
 * A view of `store` that dies behind its `dieAt`-th write: what was written stays, its answer and
 * every later one never come. What waits for them is what a killed process leaves: nothing.
 */
export function mortalStore(store: HandoffStore, dieAt = Number.POSITIVE_INFINITY): MortalStore {
  const threads = store.threads as ThreadStore;
  let lastWrite = dieAt;
  let writes = 0;
  let isDead = false;
  const never = <Answer>(): Promise<Answer> => new Promise(() => {});

  const read = async <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
    if (isDead) return never();
    const answer = await act();
    return isDead ? never() : answer;
  };
  const write = async <Answer>(
    act: () => Promise<Answer>,
    wrote: (answer: Answer) => boolean,
  ): Promise<Answer> => {
    if (isDead) return never();
    const answer = await act();
    if (wrote(answer) && ++writes >= lastWrite) isDead = true;
    return isDead ? never() : answer;
  };

  return {
    get writes() {
      return writes;
    },
    get isDead() {
      return isDead;
    },
    die() {
      isDead = true;
    },
    dieAfter(more) {
      lastWrite = writes + more;
    },
    append: (...args) =>
      write(
        () => store.append(...args),
        ({ status }) => status === 'appended',
      ),
    readTask: (taskId) => read(() => store.readTask(taskId)),
    findTask: (handoffId) => read(() => store.findTask(handoffId)),
    readBodies: (...args) => read(() => store.readBodies(...args)),
    query: (query) => read(() => store.query(query)),
    prune: (query) => read(() => store.prune(query)),
    async *watch(...args) {
      for await (const record of store.watch(...args)) {
        if (isDead) await never();
        yield record;
      }
    },
    threads: {
      readThread: (threadId) => read(() => threads.readThread(threadId)),
      writeThread: (...args) => write(() => threads.writeThread(...args), Boolean),
      deleteThread: (threadId) => read(() => threads.deleteThread(threadId)),
    },
  };
}
