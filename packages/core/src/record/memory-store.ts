import { checkFields, checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type HandoffRecord, isEnd, isTaskRecord } from './handoff-record.ts';
import {
  type HandoffPage,
  type HandoffQuery,
  type HandoffStore,
  type PruneQuery,
  pruneFields,
} from './handoff-store.ts';
import { checkLimit, pageOf, type Request } from './memory-page.ts';
import type { StoredBody } from './stored-body.ts';
import { memoryThreads } from './thread-store.ts';

/** What a memory store keeps. */
export interface MemoryStoreOptions {
  /** Tasks; beyond it the oldest that have ended are dropped. Default 10,000. */
  readonly maxTasks?: number;
}

interface TaskLog {
  readonly taskId: string;
  readonly records: HandoffRecord[];
  readonly requests: Request[];
  /** The task's append keys and slots. */
  readonly facts: Set<string>;
  readonly bodies: Map<string, StoredBody>;
  /** Handoffs that have not ended. */
  open: number;
  /** Places in the queue of ended tasks: one for each time it was without an open handoff. */
  endings: number;
}

/** Keeps records in this process, for as long as it lives. The default store. */
export function memoryStore(options: MemoryStoreOptions = {}): HandoffStore {
  checkOptions('memoryStore', options, optionNames);
  const { maxTasks = 10_000 } = options;
  if (!Number.isSafeInteger(maxTasks) || maxTasks < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxTasks is ${maxTasks}: give a whole number above 0.`,
    );
  }
  return new MemoryStore(maxTasks);
}

const optionNames = { maxTasks: true } satisfies Record<keyof MemoryStoreOptions, true>;

class MemoryStore implements HandoffStore {
  readonly threads = memoryThreads();
  readonly #maxTasks: number;
  readonly #tasks = new Map<string, TaskLog>();
  readonly #requestOf = new Map<string, Request>();
  /** Tasks in the order in which they ended. Not a Set: finding its first member is slow. */
  #ended: (TaskLog | undefined)[] = [];
  /** Where the queue of ended tasks begins. */
  #firstEnded = 0;
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Every request in order; those of dropped tasks are swept out now and then. */
  #requests: Request[] = [];
  #requestsEver = 0;
  #requestsDropped = 0;

  constructor(maxTasks: number) {
    this.#maxTasks = maxTasks;
  }

  async append(
    taskId: string,
    expectedSeq: number,
    records: readonly HandoffRecord[],
    { key, slots = [], bodies = [], erase = [] }: Parameters<HandoffStore['append']>[3] = {},
  ): ReturnType<HandoffStore['append']> {
    const log = this.#tasks.get(taskId);
    if (
      log &&
      ((key !== undefined && log.facts.has(key)) || slots.some((slot) => log.facts.has(slot)))
    ) {
      return { status: 'known', records: [...log.records] };
    }
    if (this.#isElsewhere(records, taskId)) {
      return { status: 'known', records: log ? [...log.records] : [] };
    }
    if ((log?.records.length ?? 0) !== expectedSeq) {
      return { status: 'conflict', records: log ? [...log.records] : [] };
    }
    // What can't be read fails here, before anything is written.
    if (!records.every(isReadable)) {
      throw new HandoffError(
        'STORE_FAILED',
        'A record without handoffId and type was to be appended.',
      );
    }
    const written = log ?? this.#begin(taskId);
    if (key !== undefined) written.facts.add(key);
    for (const slot of slots) written.facts.add(slot);
    for (const body of bodies) written.bodies.set(body.digest, body);
    for (const digest of erase) written.bodies.delete(digest);
    for (const record of records) this.#add(written, record);
    this.#dropOldest();
    if (this.#watchers.size > 0) for (const wake of this.#watchers.get(taskId) ?? []) wake();
    return { status: 'appended' };
  }

  async readTask(taskId: string): Promise<readonly HandoffRecord[]> {
    return [...(this.#tasks.get(taskId)?.records ?? [])];
  }

  async findTask(handoffId: string): Promise<string | undefined> {
    return this.#requestOf.get(handoffId)?.taskId;
  }

  async readBodies(
    taskId: string,
    digests: readonly string[],
  ): Promise<readonly (StoredBody | undefined)[]> {
    const bodies = this.#tasks.get(taskId)?.bodies;
    return digests.map((digest) => bodies?.get(digest));
  }

  async query(query: HandoffQuery): Promise<HandoffPage> {
    const { taskId } = query;
    const requests = taskId === undefined ? this.#requests : this.#tasks.get(taskId)?.requests;
    return pageOf(requests ?? [], query);
  }

  async *watch(
    taskId: string,
    afterSeq: number,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<HandoffRecord> {
    let seq = afterSeq;
    let log: TaskLog | undefined;
    while (!signal.aborted) {
      // Held on to: a task may be dropped as it ends, and its watchers are to see the end.
      log = this.#tasks.get(taskId) ?? log;
      for (const record of log?.records.slice(seq) ?? []) {
        yield record;
        seq = record.seq;
        if (signal.aborted) return;
      }
      if (seq >= (log?.records.length ?? 0)) await this.#change(taskId, signal);
    }
  }

  async prune(query: PruneQuery): Promise<number> {
    checkFields('prune', query, pruneFields);
    const { endedBefore, limit = 1_000 } = query;
    checkLimit(limit);
    const before = Date.parse(endedBefore);
    if (Number.isNaN(before)) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        `endedBefore is ${JSON.stringify(endedBefore)}: give a time as RFC 3339 UTC.`,
      );
    }
    const pruned = [...this.#tasks.values()]
      .filter(({ open }) => open === 0)
      .map((log) => ({ log, at: latestOf(log) }))
      .filter(({ at }) => at < before)
      .sort((a, b) => a.at - b.at)
      .slice(0, limit);
    for (const { log } of pruned) this.#drop(log);
    this.#ended = this.#ended.filter((log) => log && this.#tasks.has(log.taskId));
    this.#firstEnded = 0;
    return pruned.length;
  }

  /** Settles at the task's next append, or when the signal aborts, which it has not yet. */
  #change(taskId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#watchers.get(taskId) ?? new Set();
      this.#watchers.set(taskId, waiting);
      const wake = (): void => {
        waiting.delete(wake);
        if (waiting.size === 0) this.#watchers.delete(taskId);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** Whether a record requests a handoff of another task. */
  #isElsewhere(records: readonly HandoffRecord[], taskId: string): boolean {
    for (const { type, handoffId } of records) {
      if (type !== 'requested') continue;
      const known = this.#requestOf.get(handoffId);
      if (known !== undefined && known.taskId !== taskId) return true;
    }
    return false;
  }

  #begin(taskId: string): TaskLog {
    const log: TaskLog = {
      taskId,
      records: [],
      requests: [],
      facts: new Set(),
      bodies: new Map(),
      open: 0,
      endings: 0,
    };
    this.#tasks.set(taskId, log);
    return log;
  }

  #add(log: TaskLog, record: HandoffRecord): void {
    const { taskId, records, requests } = log;
    const { handoffId } = record;
    records.push(record);
    if (isTaskRecord(record)) return;
    // Most records are of the task's newest handoff, which is at hand.
    const newest = requests.at(-1);
    const known = newest?.handoffId === handoffId ? newest : this.#requestOf.get(handoffId);
    if (known?.taskId === taskId) {
      known.records?.push(record);
    } else {
      const request = { order: ++this.#requestsEver, taskId, handoffId, records: [record] };
      this.#requestOf.set(handoffId, request);
      this.#requests.push(request);
      requests.push(request);
      log.open++;
    }
    if (isEnd(record) && --log.open === 0) {
      this.#ended.push(log);
      log.endings++;
    }
  }

  #dropOldest(): void {
    while (this.#tasks.size > this.#maxTasks && this.#firstEnded < this.#ended.length) {
      const log = this.#ended[this.#firstEnded] as TaskLog;
      this.#ended[this.#firstEnded++] = undefined;
      // One that was opened again stands further back, or will when it ends.
      if (--log.endings === 0 && log.open === 0) this.#drop(log);
    }
    if (isMostly(this.#firstEnded, this.#ended)) {
      this.#ended = this.#ended.slice(this.#firstEnded);
      this.#firstEnded = 0;
    }
    if (isMostly(this.#requestsDropped, this.#requests)) {
      this.#requests = this.#requests.filter(({ records }) => records !== undefined);
      this.#requestsDropped = 0;
    }
  }

  #drop({ taskId, requests }: TaskLog): void {
    this.#tasks.delete(taskId);
    for (const request of requests) {
      this.#requestOf.delete(request.handoffId);
      request.records = undefined;
    }
    this.#requestsDropped += requests.length;
  }
}

const isReadable = ({ handoffId, type }: HandoffRecord): boolean =>
  typeof handoffId === 'string' && typeof type === 'string';

/** The latest time of a record, in milliseconds since the epoch; clocks of writers can differ. */
const latestOf = ({ records }: TaskLog): number =>
  records.reduce((latest, { at }) => Math.max(latest, Date.parse(at)), 0);

/** Whether so much of a list is used up that a shorter copy pays. */
const isMostly = (usedUp: number, list: readonly unknown[]): boolean =>
  usedUp > 1024 && usedUp * 2 > list.length;
