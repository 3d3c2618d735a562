import type { HandoffStore } from '../../src/record/handoff-store.ts';
import type { ThreadStore } from '../../src/record/thread-store.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A store whose calls and answers are on their way for some milliseconds of the clock, each for as many
 * as the seed says: that is the scheduler that decides who is faster.
 */
export function slowStore(
  store: HandoffStore,
  clock: Clock,
  random: () => number,
): HandoffStore & { readonly threads: ThreadStore } {
  const threads = store.threads as ThreadStore;
  const way = async (): Promise<void> => {
    const ms = Math.floor(random() * 6) - 2;
    if (ms > 0) await new Promise<void>((resolve) => void clock.schedule(ms, resolve));
  };
  const slow =
    <Args extends unknown[], Answer>(act: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      await way();
      const answer = await act(...args);
      await way();
      return answer;
    };
  return {
    append: slow((...args) => store.append(...args)),
    readTask: slow((taskId) => store.readTask(taskId)),
    findTask: slow((handoffId) => store.findTask(handoffId)),
    readBodies: slow((...args) => store.readBodies(...args)),
    query: slow((query) => store.query(query)),
    prune: slow((query) => store.prune(query)),
    watch: (...args) => store.watch(...args),
    threads: {
      readThread: slow((threadId) => threads.readThread(threadId)),
      writeThread: slow((...args) => threads.writeThread(...args)),
      deleteThread: slow((threadId) => threads.deleteThread(threadId)),
    },
  };
}
