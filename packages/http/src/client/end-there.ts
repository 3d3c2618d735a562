import { type EndingDecision, HandoffError, type HandoffResult } from '@agent-handoff/core';
import type { RemoteRun } from './remote-run.ts';

/**
 * Ends a handoff on the other side as it is decided here, through a run that follows only what is there
 * already.
 *
 * @throws HandoffError `AGENT_FAILED` where it didn't get there, and where something else stands there.
 */
export async function endThere(
  agentId: string,
  decision: EndingDecision,
  run: RemoteRun,
  signal: AbortSignal,
): Promise<void> {
  let standing: Standing | undefined;
  try {
    if (decision.type === 'cancel') return await run.cancel(signal);
    standing = (await run.follow()).result;
  } catch (thrown) {
    standing = standingIn(thrown);
    if (standing === undefined) {
      if (decision.type === 'cancel' && isGone(thrown)) return;
      throw notPassedOn(agentId, decision.type, thrown);
    }
  }
  if (!agrees(decision, standing)) throw standsOtherwise(agentId, standing);
}

/** What came of a handoff over there. */
type Standing = Pick<HandoffResult, 'status' | 'output'> & {
  readonly error?: { readonly code: string } | undefined;
};

/** Whether it ended there as it was decided here: somebody there may have been first. */
function agrees(decision: EndingDecision, { output, error }: Standing): boolean {
  if (decision.type === 'cancel') return true;
  if (decision.type === 'deny') return error?.code === 'APPROVAL_DENIED';
  return output === decision.output;
}

/** What a refusal says of a handoff that ended before; undefined where it says something else. */
function standingIn(thrown: unknown): Standing | undefined {
  if (!HandoffError.isInstance(thrown) || thrown.details['code'] !== thrown.code) return undefined;
  const { code } = thrown;
  if (code === 'APPROVAL_DENIED') return { status: 'rejected', error: { code } };
  return code === 'CANCELLED' ? { status: 'cancelled', error: { code } } : undefined;
}

/** Whether the other side has no such handoff, or has it no more. */
function isGone(thrown: unknown): boolean {
  return HandoffError.isInstance(thrown) && thrown.details['status'] === 412;
}

function standsOtherwise(agentId: string, { status }: Standing): HandoffError {
  return new HandoffError(
    'AGENT_FAILED',
    `The handoff was decided about before on the other side of "${agentId}": there it is ${status}. Nothing was recorded here: approve it here to have what came of it, or cancel it.`,
    { details: { agentId, standing: status }, retryable: false },
  );
}

function notPassedOn(agentId: string, decision: string, thrown: unknown): HandoffError {
  const isCoded = HandoffError.isInstance(thrown);
  const { code, message, retryable, details } = HandoffError.from(thrown, 'AGENT_FAILED');
  const { status } = details;
  return new HandoffError(
    'AGENT_FAILED',
    `The decision (${decision}) did not reach the other side of "${agentId}": ${message}`,
    {
      details: { agentId, cause: code, decision, ...(status === undefined ? {} : { status }) },
      // A connection that was lost may be found again.
      retryable: !isCoded || retryable,
      cause: thrown,
    },
  );
}
