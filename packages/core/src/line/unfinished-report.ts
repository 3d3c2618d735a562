import type { AgentReport } from '../agent/agent-report.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { Delegation } from './outcome.ts';

/** The error of a report that isn't the end of its work, or says nothing. */
export function unfinishedReport(
  agentId: string,
  report: AgentReport,
  waitsFor: readonly Delegation[],
): HandoffError | undefined {
  if (waitsFor.length > 0) {
    const ids = waitsFor.map(({ handoffId }) => handoffId);
    return new HandoffError(
      'AWAITING_APPROVAL',
      `Agent "${agentId}" goes on when the work it gave out is decided about: resume ${ids.join(', ')}.`,
      { details: { agentId, waitsFor: ids } },
    );
  }
  return stoppedShort(agentId, report) ?? withoutAnswer(agentId, report);
}

function stoppedShort(agentId: string, { status, output }: AgentReport): HandoffError | undefined {
  if (status === 'completed') return undefined;
  if (status === 'awaiting-approval') {
    return new HandoffError(
      'AWAITING_APPROVAL',
      `Agent "${agentId}" waits for a person's decision.`,
      { details: { agentId, ...(output.trim() === '' ? {} : { output }) } },
    );
  }
  return new HandoffError(
    'INCOMPLETE',
    `Agent "${agentId}" stopped before it was done, at a limit of steps or of length: raise the limit, or give it less to do. Its text so far is in details.output.`,
    { details: { agentId, output } },
  );
}

/** An agent that says nothing has not done what it was asked. */
function withoutAnswer(
  agentId: string,
  { output, data, transfer }: AgentReport,
): HandoffError | undefined {
  if (output.trim() !== '' || data !== undefined || transfer !== undefined) return undefined;
  return new HandoffError('EMPTY_OUTPUT', `Agent "${agentId}" completed without an answer.`, {
    details: { agentId },
  });
}
