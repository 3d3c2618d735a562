import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json } from '../context/json.ts';
import type { HandoffErrorJson } from '../errors/handoff-error.ts';
import { chainAfter } from '../policy/decide-path.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { sealBody } from '../record/stored-body.ts';
import { foldTask, type HandoffState } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { appendRecords } from './append-records.ts';
import { planEnd } from './close-handoff.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import { unfinished } from './outcome.ts';
import { readParentTask } from './parent-handoff.ts';
import { runRecord } from './run-record.ts';
import { readStoredContext } from './stored-bodies.ts';

/**
 * Records a step that was refused before anything of it was written, where its run has begun: so that
 * the run is not taken for one that was left. The content of the step is not recorded, since that may be
 * what it was refused for.
 */
export async function recordRefusal(
  line: Line,
  input: OpenInput,
  error: HandoffErrorJson,
): Promise<void> {
  const { handoffId, parentIds, target, reason = 'specialization', threadId } = input;
  const log = await readParentTask(line, input);
  const { handoffs } = foldTask(log);
  const begun = runRecord(log, input);
  if (!begun || handoffs.has(handoffId)) return;
  const { runDigest } = begun;
  const continued = handoffs.get(parentIds[0] as string)?.requested;
  const before = continued ?? begun;
  const { context: known } = await readStoredContext(line, before);
  const { payload: _, instructions: __, ...kept } = known;
  const source = continued ? known.targetAgentId : known.sourceAgentId;
  const at = toTimestamp(line.clock.now());
  // It was allowed nothing.
  const scope: readonly string[] = [];
  const context: HandoffContext = {
    ...kept,
    createdAt: at,
    findings: {},
    handoffChain: continued ? chainAfter(known.handoffChain, source) : known.handoffChain,
    handoffId,
    keyMessages: [],
    parentIds,
    reason,
    scope,
    sourceAgentId: source,
    targetAgentId: target,
  };
  const body = await sealBody({ context } as unknown as Json, line.ids('salt'));
  const { taskId, origin } = before;
  await appendRecords(line, taskId, log.at(-1), async (head, reread = log) => {
    const task = foldTask(reread);
    if (reread.some(({ type }) => type === 'erased')) return undefined;
    const { ledger } = head as HandoffRecord;
    const requested: RecordDraft = {
      at,
      contextDigest: body.digest,
      continues: parentIds.map((id) => (task.handoffs.get(id) as HandoffState).newest.digest),
      handoffId,
      ledger,
      origin,
      reason,
      recordId: line.ids('record'),
      runDigest,
      scope,
      source,
      target,
      taskId,
      threadId,
      traceparent: known.traceparent,
      type: 'requested',
    };
    const now = line.clock.now();
    const end = await planEnd(line, requested, unfinished(context, error), { now, ledger });
    return {
      drafts: [requested, ...end.drafts],
      key: `${handoffId}/open`,
      slots: end.slots,
      bodies: [body, ...end.bodies],
    };
  });
}
