import type { Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { StoredBody } from '../record/stored-body.ts';
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
  const [stored] = await readBodies(line, record, [record.contextDigest]);
  return stored as StoredContext;
}

/** The outcome of a handoff, by its newest record. */
export async function readOutcome(line: Line, record: HandoffRecord): Promise<Outcome> {
  const [outcome] = await readBodies(line, record, [record.outcomeDigest as string]);
  return outcome as Outcome;
}

/** Both in one read. */
export function readContextAndOutcome(
  line: Line,
  requested: HandoffRecord,
  newest: HandoffRecord,
): Promise<readonly [StoredContext, Outcome]> {
  const digests = [requested.contextDigest, newest.outcomeDigest as string];
  return readBodies(line, requested, digests) as Promise<[StoredContext, Outcome]>;
}

/** The body behind a digest of a record. */
export async function readBody(
  line: Line,
  record: HandoffRecord,
  digest: string,
): Promise<unknown> {
  const [body] = await readBodies(line, record, [digest]);
  return body;
}

async function readBodies(
  line: Line,
  record: HandoffRecord,
  digests: readonly string[],
): Promise<readonly unknown[]> {
  const bodies = await readStore(
    () => line.store.readBodies(record.taskId, digests),
    `read a body of handoff "${record.handoffId}"`,
  );
  return digests.map((digest, i) => parse(record, digest, bodies[i]));
}

function parse(
  { handoffId }: HandoffRecord,
  digest: string,
  body: StoredBody | undefined,
): unknown {
  if (body) return JSON.parse(body.json);
  throw new HandoffError(
    'STORE_FAILED',
    `A body of handoff "${handoffId}" is not in the store: it was erased, or the store lost it.`,
    { details: { handoffId, digest }, retryable: false },
  );
}
