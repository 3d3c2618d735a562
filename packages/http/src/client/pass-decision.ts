import {
  type ApprovalDecision,
  type HandoffAgent,
  type HandoffContext,
  HandoffError,
  type HandoffResult,
} from '@agent-handoff/core';
import type { RemoteRun } from './remote-run.ts';

/** What ends a handoff that waits without its agent being asked again. */
export type EndingDecision =
  | Exclude<ApprovalDecision, { readonly type: 'approve' }>
  | { readonly type: 'cancel' };

/** On agents of other processes: how a decision reaches the other side. */
export const passOn = Symbol.for('agent-handoff.http.passOn');

/** Passes a decision on about a handoff that the other side has; resolves when it stands there. */
export type PassOn = (context: HandoffContext, decision: EndingDecision) => Promise<void>;

/** How decisions reach an agent; undefined for one that is in this process. */
export function passOnOf(agent: HandoffAgent | undefined): PassOn | undefined {
  const pass = (agent as { readonly [passOn]?: unknown } | undefined)?.[passOn];
  return typeof pass === 'function' ? (pass as PassOn) : undefined;
}

/**
 * Passes a decision on, through a run that follows only what is there already.
 *
 * @throws HandoffError `AGENT_FAILED` where it didn't get there, and where something else stands there.
 */
export async function passDecision(
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
