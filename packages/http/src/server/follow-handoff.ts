import type { HandoffRecord, HandoffStore } from '@agent-handoff/core';
import { isEnd, toRecordedEvent } from '@agent-handoff/core/store';
import type { WireEvent } from '../wire/wire-event.ts';
import { Bell } from './bell.ts';
import type { LiveBuffer } from './live-buffer.ts';

/** What to follow, and from where. */
export interface FollowInput {
  readonly store: HandoffStore;
  readonly taskId: string;
  /** Where the story begins. */
  readonly handoffId: string;
  /** Whether a record is the last of the story; asked of each, in their order. */
  readonly isLast: (record: HandoffRecord) => boolean | Promise<boolean>;
  /** The task's log as it is now. */
  readonly log: readonly HandoffRecord[];
  /** The newest record that the reader knows; undefined for one who begins. */
  readonly afterSeq: number | undefined;
  /** Begun before the log was read. Closed at the end. */
  readonly live: LiveBuffer;
  readonly signal: AbortSignal;
}

/**
 * The events of a task from the request of one of its handoffs to the end of what began with it. Records
 * come in order and none is left out; live events come between the records of their attempt. Returns the
 * last record, or undefined where the signal aborted first.
 */
export async function* followHandoff(
  input: FollowInput,
): AsyncGenerator<WireEvent, HandoffRecord | undefined, undefined> {
  const { store, taskId, handoffId, log, live, signal } = input;
  const first = log.find((record) => record.handoffId === handoffId)?.seq ?? 1;
  // A record that isn't there yet is known to nobody: its reader would miss what comes before it.
  const newest = log.at(-1)?.seq ?? 0;
  const afterSeq = Math.min(Math.max(input.afterSeq ?? 0, first - 1), newest);
  const course = new Course(log.filter(({ seq }) => seq <= afterSeq));
  const gap: WireEvent = { type: 'gap', taskId, handoffId };
  const isLast = async (record: HandoffRecord): Promise<boolean> => {
    if (!(await input.isLast(record))) return false;
    // What waited once, and was decided about, is no place to stop.
    return isEnd(record) || !log.some((later) => isLater(later, record));
  };

  const bell = new Bell();
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    bell.ring();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  live.onEvent(() => bell.ring());
  const records = new RecordReader(store.watch(taskId, afterSeq, controller), bell);
  try {
    if (missedLive(log, afterSeq)) yield gap;
    // What was told before stands: nothing more will come of a handoff that has ended.
    for (const record of log) {
      if (record.seq <= afterSeq && (await isLast(record))) return record;
    }
    while (!controller.signal.aborted) {
      const record = records.take();
      if (live.takeLoss()) yield gap;
      // All that it said in this process before its end is here by now.
      for (const event of live.take((id) => course.isRunning(id))) yield event;
      if (record === undefined) {
        await bell.wait();
        continue;
      }
      course.add(record);
      yield toRecordedEvent(record);
      if (!(await isLast(record))) continue;
      if (isEnd(record) && course.open === 0) {
        yield { type: 'task-finished', taskId, handoffId, seq: record.seq, at: record.at };
      }
      return record;
    }
    return undefined;
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    live.close();
    records.close();
  }
}

function isLater(a: HandoffRecord, b: HandoffRecord): boolean {
  return a.handoffId === b.handoffId && a.seq > b.seq;
}

/** Whether an agent may have said something that the reader has not heard. */
function missedLive(log: readonly HandoffRecord[], afterSeq: number): boolean {
  const course = new Course(log.filter(({ seq }) => seq <= afterSeq));
  return course.running > 0 || log.some(({ seq, type }) => seq > afterSeq && type === 'accepted');
}

/** Where the handoffs of a task stand. */
class Course {
  readonly #open = new Set<string>();
  readonly #running = new Set<string>();

  constructor(records: readonly HandoffRecord[]) {
    for (const record of records) this.add(record);
  }

  get open(): number {
    return this.#open.size;
  }

  get running(): number {
    return this.#running.size;
  }

  isRunning(handoffId: string): boolean {
    return this.#running.has(handoffId);
  }

  add(record: HandoffRecord): void {
    const { handoffId, type } = record;
    if (type === 'requested') this.#open.add(handoffId);
    if (type === 'accepted') this.#running.add(handoffId);
    else if (type === 'approval-requested') this.#running.delete(handoffId);
    if (!isEnd(record)) return;
    this.#open.delete(handoffId);
    this.#running.delete(handoffId);
  }
}

/** A watch that is read one record ahead, and rings when there is one. */
class RecordReader {
  readonly #records: AsyncIterator<HandoffRecord>;
  readonly #bell: Bell;
  #ahead: HandoffRecord | undefined;
  #fault: { readonly thrown: unknown } | undefined;

  constructor(records: AsyncIterable<HandoffRecord>, bell: Bell) {
    this.#records = records[Symbol.asyncIterator]();
    this.#bell = bell;
    this.#readOn();
  }

  /** The next record, if it is there. Throws what broke the watch. */
  take(): HandoffRecord | undefined {
    if (this.#fault) throw this.#fault.thrown;
    const record = this.#ahead;
    if (record !== undefined) {
      this.#ahead = undefined;
      this.#readOn();
    }
    return record;
  }

  close(): void {
    this.#records.return?.(undefined)?.catch(() => {});
  }

  #readOn(): void {
    this.#records.next().then(
      ({ done, value }) => {
        if (done !== true) this.#ahead = value;
        this.#bell.ring();
      },
      (thrown) => {
        this.#fault = { thrown };
        this.#bell.ring();
      },
    );
  }
}
