import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { userId } from '../context/agent-id.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { Origin } from '../context/origin.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { decideBudget, decideChain, type LimitRequest } from '../policy/decide-limits.ts';
import { decidePath } from '../policy/decide-path.ts';
import { type Decision, permit } from '../policy/decision.ts';
import type { Ledger } from '../policy/ledger.ts';
import { decidePolicies } from '../policy/policy.ts';
import { type TaskState, takenBy, visitsTo } from '../record/task-state.ts';
import type { Line } from './line.ts';

/** A handoff about to be accepted. */
export interface DecisionInput {
  readonly context: HandoffContext;
  readonly origin: Origin;
  readonly ledger: Ledger;
  /** What is recorded of the task; nothing of a new one. */
  readonly task: TaskState;
  readonly previousHolder: string | undefined;
  readonly principal: string | undefined;
  /** A replay goes no path: it asks again what was permitted once. Budget and policies still hold. */
  readonly isReplay: boolean;
  /** Somebody has approved it: what policies require an approval for is settled, what they refuse is not. */
  readonly isApproved: boolean;
}

/** Every rule in turn: chain and cycles, paths, the task's budget, the application's policies. */
export function decideHandoff(line: Line, input: DecisionInput): Decision | Promise<Decision> {
  const { context, ledger, task, previousHolder, origin, principal } = input;
  const { sourceAgentId: source, targetAgentId: target, reason, handoffChain } = context;
  const request: LimitRequest = {
    source,
    target,
    reason,
    handoffChain,
    maxChain: line.maxChain,
    ledger,
    visits: visitsTo(target, task),
    takenBy: (amount) => takenBy(amount, task),
  };
  if (!input.isReplay) {
    const chain = decideChain(request);
    if (chain.kind === 'deny') return chain;
    const cameIn = origin !== 'own' && context.parentIds.length === 0;
    const from = sourceAgent(line, source, cameIn);
    const path = decidePath({ source: from, target, reason, previousHolder });
    if (path.kind === 'deny') return path;
  }
  const budget = decideBudget(request);
  if (budget.kind === 'deny' || line.policies.length === 0) return budget;
  return decidePolicies(line.policies, {
    context,
    origin,
    ...(principal === undefined ? {} : { principal }),
  }).then((decision) =>
    input.isApproved && decision.kind === 'require-approval' ? permit : decision,
  );
}

/**
 * The agent that hands on; undefined for `user`. An agent of another process, whose context came in
 * from there, needn't be known here: its paths are declared and checked where it is.
 */
export function sourceAgent(line: Line, source: string, cameIn: boolean): HandoffAgent | undefined {
  return cameIn ? line.agents.get(source) : knownSource(line, source);
}

/** The agent that hands on, of this manager; undefined for `user`. */
export function knownSource(line: Line, source: string): HandoffAgent | undefined {
  return source === userId ? undefined : knownAgent(line, source, 'source');
}

/** The agent with this id. */
export function knownAgent(line: Line, id: string, role: 'source' | 'target'): HandoffAgent {
  const agent = line.agents.get(id);
  if (agent) return agent;
  throw new HandoffError(
    'AGENT_NOT_FOUND',
    `The ${role} ${JSON.stringify(id)} is not an agent of this manager, which has ${[...line.agents.keys()].join(', ')}.`,
    { details: { [role]: id } },
  );
}
