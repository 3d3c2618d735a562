import type { DatabaseSync } from 'node:sqlite';

/** Somebody who waits for a task's log to grow. */
interface Waiter {
  readonly taskId: string;
  /** What `version()` said before the waiter looked at the log. */
  readonly version: number;
  readonly settle: (error?: Error) => void;
}

/**
 * Tells when a log may have grown: at once for an append of this connection, at the next look for one
 * of another. It looks only while somebody waits.
 */
export class ChangeFeed {
  readonly #readVersion: () => number;
  readonly #intervalMs: number;
  readonly #waiting = new Map<string, Set<Waiter>>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(database: DatabaseSync, intervalMs: number) {
    const statement = database.prepare('PRAGMA data_version');
    this.#readVersion = () => Number(statement.get()?.['data_version']);
    this.#intervalMs = intervalMs;
  }

  /** Changes whenever another connection has written. Take it before looking at a log. */
  version(): number {
    return this.#readVersion();
  }

  /** Settles when the task's log may have grown since `version`, or when the signal aborts. */
  change(taskId: string, version: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        taskId,
        version,
        settle: (error) => {
          this.#remove(waiter);
          signal.removeEventListener('abort', abort);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const abort = (): void => waiter.settle();
      signal.addEventListener('abort', abort);
      this.#add(waiter);
    });
  }

  /** Wakes whoever waits for this task. */
  wake(taskId: string): void {
    for (const waiter of [...(this.#waiting.get(taskId) ?? [])]) waiter.settle();
  }

  /** Rejects whoever waits. */
  fail(error: Error): void {
    this.#settleWhere(() => true, error);
  }

  #look(): void {
    try {
      const now = this.#readVersion();
      this.#settleWhere(({ version }) => version !== now);
    } catch (thrown) {
      this.fail(thrown as Error);
    }
  }

  #settleWhere(applies: (waiter: Waiter) => boolean, error?: Error): void {
    for (const waiters of [...this.#waiting.values()]) {
      for (const waiter of [...waiters]) if (applies(waiter)) waiter.settle(error);
    }
  }

  #add(waiter: Waiter): void {
    const waiters = this.#waiting.get(waiter.taskId) ?? new Set();
    this.#waiting.set(waiter.taskId, waiters.add(waiter));
    // Keeps the process running, as whoever waits for another process wants it to.
    this.#timer ??= setInterval(() => this.#look(), this.#intervalMs);
  }

  #remove(waiter: Waiter): void {
    const waiters = this.#waiting.get(waiter.taskId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(waiter.taskId);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
