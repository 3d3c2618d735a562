import type { HandoffEvent, LiveEvent } from '../events/handoff-event.ts';
import { readStore } from '../line/append-records.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { toRecordedEvent } from '../line/recorded-event.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, hasOpenHandoff } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { settledOrAborted } from '../runtime/settled-or-aborted.ts';
import { EventFeed } from './event-feed.ts';
import { leavable } from './leavable.ts';
import { logOf } from './task-log.ts';

/**
 * A running handoff to be followed: its task's events as they come, its text, its result. Each can be
 * read by itself and any number of times; leaving a loop early doesn't stop the handoff.
 */
export interface HandoffStream<Data = unknown, Result = HandoffResult<Data>>
  extends AsyncIterable<HandoffEvent> {
  /** The answer in pieces; in one piece where the agent that gives it doesn't stream. */
  readonly textStream: AsyncIterable<string>;
  /** The ids of the handoff that is followed, as soon as they are known; of a run, of its first. */
  readonly handoff: Promise<{ readonly taskId: string; readonly handoffId: string }>;
  readonly result: Promise<Result>;
}

/** Where to follow from. */
export interface StreamStart {
  readonly taskId: string;
  readonly handoffId: string;
  /** The records of the task that are no news, oldest first. */
  readonly before: readonly HandoffRecord[];
}

/** Where to follow a handoff that is about to open, or that is recorded and about to be run. */
export async function followFrom(
  line: Line,
  { taskId, handoffId, parentIds }: OpenInput,
): Promise<StreamStart> {
  const log = await logOf(line, parentIds[0] ?? handoffId);
  const isNew = log.every((record) => record.handoffId !== handoffId);
  return { taskId: log[0]?.taskId ?? taskId, handoffId, before: isNew ? log : [] };
}

/** What a stream is made of. */
export interface StreamSource<Result extends HandoffResult = HandoffResult> {
  readonly started: Promise<StreamStart>;
  /** Whether all that hold the conversation are heard, or only the target of the handoff. */
  readonly whole?: boolean;
  run(): Promise<Result>;
  /** The result where it could not be located; throws what is no result. */
  refuse(thrown: unknown): Promise<Result>;
}

/** Follows a task while `run` brings one of its handoffs to its result. */
export function streamHandoff<Result extends HandoffResult>(
  line: Line,
  source: StreamSource<Result>,
): HandoffStream<unknown, Result> {
  const feed = new EventFeed();
  const result = source.started.then(
    (started) => follow(line, feed, started, source.run),
    async (thrown) => {
      const refused = await source.refuse(thrown);
      feed.end();
      return refused;
    },
  );
  // Whoever only iterates learns of a fault there.
  result.catch((thrown) => feed.end(thrown));
  const handoff = source.started.then(
    ({ taskId, handoffId }) => ({ taskId, handoffId }),
    async () => {
      const { taskId, handoffId } = await result;
      return { taskId, handoffId };
    },
  );
  handoff.catch(() => {});
  return {
    handoff,
    result,
    textStream: {
      [Symbol.asyncIterator]: () => leavable((left) => texts(feed, source, result, left)),
    },
    [Symbol.asyncIterator]: () => leavable((left) => feed.read(left)),
  };
}

async function follow<Result extends HandoffResult>(
  line: Line,
  feed: EventFeed,
  { taskId, before, handoffId }: StreamStart,
  run: () => Promise<Result>,
): Promise<Result> {
  const afterSeq = before.at(-1)?.seq ?? 0;
  const order = new InOrder(feed, before);
  const controller = new AbortController();
  const unsubscribe = line.events.subscribe(taskId, (event) => order.live(event));
  const watching = watch(line, taskId, afterSeq, order, controller.signal);
  try {
    const result = await run();
    await finish(line, feed, order, { taskId, handoffId });
    return result;
  } finally {
    controller.abort();
    unsubscribe();
    await watching;
  }
}

/** Tells what the watch has not told yet. A log that can't be read is the readers' fault to learn of. */
async function finish(
  line: Line,
  feed: EventFeed,
  order: InOrder,
  { taskId, handoffId }: Pick<StreamStart, 'taskId' | 'handoffId'>,
): Promise<void> {
  try {
    const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
    for (const record of log) order.recorded(record);
    const task = foldTask(log);
    if (task.head && !hasOpenHandoff(task)) {
      feed.push({
        type: 'task-finished',
        taskId,
        handoffId,
        seq: task.head.seq,
        at: toTimestamp(line.clock.now()),
      });
    }
    feed.end();
  } catch (thrown) {
    feed.end(thrown);
  }
}

/** Tells records as they are written. A watch that breaks loses nothing: the log is read at the end. */
async function watch(
  line: Line,
  taskId: string,
  afterSeq: number,
  order: InOrder,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const record of line.store.watch(taskId, afterSeq, { signal })) {
      if (signal.aborted) return;
      order.recorded(record);
    }
  } catch {}
}

/** Puts live events behind the record that accepted their attempt, and each record once. */
class InOrder {
  readonly #feed: EventFeed;
  #seq: number;
  readonly #accepted: Set<string>;
  #early: LiveEvent[] = [];

  constructor(feed: EventFeed, before: readonly HandoffRecord[]) {
    this.#feed = feed;
    this.#seq = before.at(-1)?.seq ?? 0;
    this.#accepted = new Set(before.filter(({ type }) => type === 'accepted').map(attemptOf));
  }

  live(event: LiveEvent): void {
    if (this.#accepted.has(attemptOf(event))) this.#feed.push(event);
    else this.#early.push(event);
  }

  recorded(record: HandoffRecord): void {
    if (record.seq <= this.#seq) return;
    this.#seq = record.seq;
    this.#feed.push(toRecordedEvent(record));
    if (record.type !== 'accepted') return;
    const attempt = attemptOf(record);
    this.#accepted.add(attempt);
    for (const event of this.#early) if (attemptOf(event) === attempt) this.#feed.push(event);
    this.#early = this.#early.filter((event) => attemptOf(event) !== attempt);
  }
}

const attemptOf = ({ handoffId, attempt }: LiveEvent | HandoffRecord): string =>
  `${handoffId}/${attempt}`;

async function* texts(
  feed: EventFeed,
  { started, whole = false }: StreamSource,
  result: Promise<HandoffResult>,
  left: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const streamed = new Set<string>();
  await settledOrAborted(started, left);
  if (left.aborted) return;
  try {
    const { handoffId } = await started;
    const heard = new Set([handoffId]);
    for await (const event of feed.read(left)) {
      // Work that is given out is answered to an agent, not to the user.
      if (whole && event.type === 'requested' && event.reason !== 'delegation') {
        heard.add(event.handoffId);
      }
      if (event.type !== 'output-delta' || !heard.has(event.handoffId)) continue;
      streamed.add(event.handoffId);
      yield event.delta;
    }
  } catch {
    // The result says what is to be said, if anything.
  }
  if (left.aborted) return;
  const ended = await result;
  if (ended.status === 'completed' && !streamed.has(ended.handoffId)) yield ended.output;
}
