/** A conversation as a store keeps it: text that only its writer reads. */
export interface StoredThread {
  readonly json: string;
  /** From 1, one more with every write; a thread that is new goes on above all that were deleted. */
  readonly version: number;
}

/** Where conversations live. Every method may be called by several processes at once. */
export interface ThreadStore {
  readThread(threadId: string): Promise<StoredThread | undefined>;
  /**
   * Writes the next version of a thread if its version is `expectedVersion` (0: it doesn't exist), else
   * nothing. Whether it was written.
   */
  writeThread(threadId: string, expectedVersion: number, json: string): Promise<boolean>;
  /** Forgets a thread. Whether there was one. */
  deleteThread(threadId: string): Promise<boolean>;
}

/** Keeps threads in this process, for as long as it lives. */
export function memoryThreads(): ThreadStore {
  const threads = new Map<string, StoredThread>();
  /** The highest version of a thread that was deleted: whoever has read one writes over no new one. */
  let newestDeleted = 0;
  return {
    async readThread(threadId) {
      return threads.get(threadId);
    },
    async writeThread(threadId, expectedVersion, json) {
      if ((threads.get(threadId)?.version ?? 0) !== expectedVersion) return false;
      threads.set(threadId, { json, version: (expectedVersion || newestDeleted) + 1 });
      return true;
    },
    async deleteThread(threadId) {
      newestDeleted = Math.max(newestDeleted, threads.get(threadId)?.version ?? 0);
      return threads.delete(threadId);
    },
  };
}
