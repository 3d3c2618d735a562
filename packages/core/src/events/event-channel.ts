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

/** The default: live events reach followers in this process. */
export function localEventChannel(): EventChannel {
  const listeners = new Map<string, Set<(event: LiveEvent) => void>>();
  return {
    isFollowed: (taskId) => listeners.has(taskId),
    publish(event) {
      const following = listeners.get(event.taskId);
      if (following) for (const listener of following) listener(event);
    },
    subscribe(taskId, listener) {
      const following = listeners.get(taskId) ?? new Set();
      listeners.set(taskId, following);
      following.add(listener);
      return () => {
        following.delete(listener);
        if (following.size === 0) listeners.delete(taskId);
      };
    },
  };
}
