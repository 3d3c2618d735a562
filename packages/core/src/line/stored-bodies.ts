import type { Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { readStore } from './append-records.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';

/** The body behind a `contextDigest`. */
export interface StoredContext {
  readonly context: HandoffContext;
  /** Drawn for content that is not this process's own. */
  readonly delimiter?: string;
  /** What making it took, where a model wrote the summary. */
  readonly spent?: Usage;
}

/** The context of a handoff. */
export async function readStoredContext(line: Line, record: HandoffRecord): Promise<StoredContext> {
  return (await readBody(line, record, record.contextDigest)) as StoredContext;
}

/** The outcome of a handoff, by its newest record. */
export async function readOutcome(line: Line, record: HandoffRecord): Promise<Outcome> {
  return (await readBody(line, record, record.outcomeDigest ?? '')) as Outcome;
}

/** The body behind a digest of a record. */
export async function readBody(
  line: Line,
  record: HandoffRecord,
  digest: string,
): Promise<unknown> {
  const [body] = await readStore(
    () => line.store.readBodies(record.taskId, [digest]),
    `read a body of handoff "${record.handoffId}"`,
  );
  if (body) return JSON.parse(body.json);
  throw new HandoffError(
    'STORE_FAILED',
    `A body of handoff "${record.handoffId}" is not in the store: it was erased, or the store lost it.`,
    { details: { handoffId: record.handoffId, digest }, retryable: false },
  );
}
