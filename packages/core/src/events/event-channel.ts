import type { LiveEvent } from './handoff-event.ts';

/** Carries live events from the process where an agent runs to whoever follows the task. */
export interface EventChannel {
  /**
   * Whether anyone may follow the task. Agents stream only where somebody does: a stream costs several
   * times a plain answer. Absent: always.
   */
  isFollowed?(taskId: string): boolean;
  /** Must not throw; a channel that is down loses the event. */
  publish(event: LiveEvent): void;
  /** Calls `listener` for each live event of the task until the returned function is called. */
  subscribe(taskId: string, listener: (event: LiveEvent) => void): () => void;
}

interface Follower {
  readonly tell: (event: LiveEvent) => void;
}

/** The default: live events reach followers in this process. A follower that throws loses its event. */
export function localEventChannel(): EventChannel {
  const listeners = new Map<string, Set<Follower>>();
  return {
    isFollowed: (taskId) => listeners.has(taskId),
    publish(event) {
      const following = listeners.get(event.taskId);
      if (!following) return;
      for (const { tell } of [...following]) {
        try {
          tell(event);
        } catch {
          // The others are told all the same, and the agent goes on.
        }
      }
    },
    subscribe(taskId, listener) {
      const following = listeners.get(taskId) ?? new Set();
      listeners.set(taskId, following);
      const follower = { tell: listener };
      following.add(follower);
      return () => {
        // Only the first call leaves: the task may have new followers by the second.
        if (following.delete(follower) && following.size === 0) listeners.delete(taskId);
      };
    },
  };
}
