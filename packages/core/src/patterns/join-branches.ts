import type { Json, JsonObject } from '../context/json.ts';
import { plainCopy } from '../context/plain-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { appendRecords, readStore } from '../line/append-records.ts';
import { findingKey } from '../line/file-findings.ts';
import type { CompletedHandoff, HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import { readBody } from '../line/stored-bodies.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { sealBody } from '../record/stored-body.ts';
import { foldTask } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { failedAfter } from './pattern-result.ts';

/** What is stored of a join: what the branches found out together, and what was made of it. */
interface JoinBody {
  readonly data?: Json;
  readonly findings: JsonObject;
}

/**
 * Records that branches are joined: those that completed first, as many as were needed. The result is
 * that of the one which made the join complete, with the findings of all of them and, where the caller
 * aggregates, with `data`.
 */
export async function joinBranches(
  line: Line,
  { root, needed }: { readonly root: string; readonly needed: number },
  results: readonly HandoffResult[],
): Promise<HandoffResult> {
  const taskId = (results.find(({ status }) => status === 'completed') as HandoffResult).taskId;
  const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
  const { handoffs } = foldTask(log);
  const endOf = ({ handoffId }: HandoffResult): HandoffRecord =>
    handoffs.get(handoffId)?.end as HandoffRecord;
  const completed = results.filter((result) => result.status === 'completed');
  const counted = new Set(
    [...completed].sort((a, b) => endOf(a).seq - endOf(b).seq).slice(0, needed),
  );
  const winners = completed.filter((result) => counted.has(result));
  const deciding = [...counted].at(-1) as CompletedHandoff;
  const body = await makeBody(line, root, winners);
  // The branches have answered, and nothing could be made of it.
  if (HandoffError.isInstance(body)) return failedAfter(deciding, body.toJSON());
  const stored = await sealBody(body as unknown as Json, line.ids('salt'));
  const end = endOf(deciding);
  const draft = (head: HandoffRecord): RecordDraft => ({
    at: toTimestamp(line.clock.now()),
    contextDigest: end.contextDigest,
    continues: winners.map((winner) => endOf(winner).digest),
    handoffId: end.handoffId,
    ledger: head.ledger,
    origin: end.origin,
    outcomeDigest: stored.digest,
    reason: end.reason,
    recordId: line.ids('record'),
    scope: end.scope,
    source: end.source,
    target: end.target,
    taskId,
    type: 'joined',
  });
  const slots = [`${root}/joined`];
  let isErased = false;
  const appended = await appendRecords(line, taskId, log.at(-1), (head, reread = log) => {
    isErased = reread.some(({ type }) => type === 'erased');
    if (isErased) return undefined;
    return { drafts: [draft(head as HandoffRecord)], slots, bodies: [stored] };
  });
  if (isErased) return failedAfter(deciding, erasedBefore(taskId).toJSON());
  const { data, findings } =
    appended.status === 'appended' ? body : await readJoin(line, appended.records, results);
  return { ...deciding, ...(data === undefined ? {} : { data }), findings };
}

/** What was erased is not recorded again, in whatever form. */
function erasedBefore(taskId: string): HandoffError {
  return new HandoffError(
    'STORE_FAILED',
    `The content of task "${taskId}" was erased before its branches were joined, so they are not joined any more.`,
    { details: { taskId }, retryable: false },
  );
}

async function makeBody(
  line: Line,
  root: string,
  winners: readonly CompletedHandoff[],
): Promise<JoinBody | HandoffError> {
  const findings = plainCopy(mergeFindings(winners)) as JsonObject;
  const aggregate = line.aggregates.get(root);
  if (!aggregate) return { findings };
  try {
    const data = plainCopy(await aggregate(winners), { path: 'data', redact: line.redact });
    return { data, findings };
  } catch (thrown) {
    const { message } = HandoffError.from(thrown);
    return new HandoffError('INVALID_OUTPUT', `aggregate failed: ${message}`, { cause: thrown });
  }
}

/** The join was recorded before: what was made of it then counts. */
async function readJoin(
  line: Line,
  log: readonly HandoffRecord[],
  results: readonly HandoffResult[],
): Promise<JoinBody> {
  const branches = new Set(results.map(({ handoffId }) => handoffId));
  const record = log.find(
    ({ type, handoffId }) => type === 'joined' && branches.has(handoffId),
  ) as HandoffRecord;
  return (await readBody(line, record, record.outcomeDigest as string)) as JoinBody;
}

/** What each branch added goes under its agent's id; another answer of that agent under `<id>#2`. */
function mergeFindings(winners: readonly CompletedHandoff[]): JsonObject {
  const merged: Record<string, Json> = {};
  for (const { findings, targetAgentId } of winners) {
    for (const [key, value] of Object.entries(findings)) {
      // What was known before is the same in every branch.
      const isNew = Object.hasOwn(merged, key) && !isSame(merged[key], value);
      merged[isNew ? findingKey(merged, targetAgentId) : key] = value;
    }
  }
  return merged;
}

function isSame(a: Json | undefined, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
