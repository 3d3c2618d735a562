import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { noUsage } from '../agent/usage.ts';
import type { HandoffReason } from '../context/handoff-reason.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { decideBudget, decideChain, type LimitRequest } from '../policy/decide-limits.ts';
import { chainAfter, decidePath } from '../policy/decide-path.ts';
import type { Decision } from '../policy/decision.ts';
import { settle } from '../policy/ledger.ts';
import { decidePolicies } from '../policy/policy.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import {
  foldTask,
  type HandoffState,
  type TaskState,
  takenBy,
  visitsTo,
} from '../record/task-state.ts';
import { readStore } from './append-records.ts';
import { buildContext, checkPayload } from './build-context.ts';
import type { Claim } from './claim.ts';
import { knownAgent, knownSource } from './decide-handoff.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';

/** A handoff that an agent asks for while it runs. */
export type MoveInput = OpenInput & { readonly reason: HandoffReason };

/**
 * Asks every rule whether a handoff could follow the running one, while its agent can still do
 * something else. It is decided again, and recorded, when it is opened.
 *
 * @throws HandoffError with the code of what would refuse it.
 */
export async function preflight(line: Line, claim: Claim, input: MoveInput): Promise<void> {
  const { context, grant } = claim;
  const target = knownAgent(line, input.target, 'target');
  await checkPayload(target, input);
  const log = await readStore(
    () => line.store.readTask(context.taskId),
    `read task "${context.taskId}"`,
  );
  const task = foldTask(log);
  const source = context.targetAgentId;
  const head = task.head as HandoffRecord;
  const request: LimitRequest = {
    source,
    target: target.id,
    reason: input.reason,
    handoffChain: chainAfter(context.handoffChain, source),
    maxChain: line.maxChain,
    // By then the running handoff has given back what it set aside.
    ledger: settle(head.ledger, grant, noUsage),
    visits: visitsTo(target.id, task),
    takenBy: (amount) => takenBy(amount, task),
  };
  refuse(decideChain(request));
  refuse(
    decidePath({
      source: knownSource(line, source),
      target: target.id,
      reason: request.reason,
      previousHolder: undefined,
    }),
  );
  refuse(decideBudget(request));
  if (line.policies.length > 0) {
    refuse(await askPolicies(line, claim, input, target, task));
  }
}

async function askPolicies(
  line: Line,
  { context, accepted }: Claim,
  input: MoveInput,
  target: HandoffAgent,
  task: TaskState,
): Promise<Decision> {
  const handoffId = line.ids('handoff');
  const next = buildContext(
    line,
    { ...input, handoffId },
    {
      source: context.targetAgentId,
      target,
      reason: input.reason,
      taskId: context.taskId,
      parent: {
        task,
        handoff: task.handoffs.get(context.handoffId) as HandoffState,
        stored: { context },
        outcome: undefined,
        scope: context.scope,
      },
      ledger: accepted.ledger,
      now: line.clock.now(),
    },
  );
  const principal = task.records[0]?.principal;
  return decidePolicies(line.policies, {
    context: next,
    origin: accepted.origin,
    ...(principal === undefined ? {} : { principal }),
  });
}

function refuse(decision: Decision): void {
  if (decision.kind !== 'deny') return;
  throw new HandoffError(decision.code, decision.message, { details: decision.details });
}
