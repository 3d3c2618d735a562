import type { HandoffContext } from '../context/handoff-context.ts';
import type { Origin } from '../context/origin.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Decision, deny, permit } from './decision.ts';

/** What a policy decides about: a checked context that has not been accepted. */
export interface PolicyRequest {
  readonly context: HandoffContext;
  readonly origin: Origin;
  /** On whose behalf, where the caller said. */
  readonly principal?: string;
}

/** What a policy answers: `permit`, or why not, or why somebody must decide, in words for a person. */
export type PolicyAnswer =
  | 'permit'
  | { readonly deny: string }
  | { readonly requireApproval: string };

/** A rule of the application. It must not change anything: it may be asked again after a conflict. */
export interface Policy {
  /** Named in the refusal. */
  readonly name: string;
  decide(request: PolicyRequest): PolicyAnswer | Promise<PolicyAnswer>;
}

/**
 * Asks each policy in order until one refuses; the first that requires an approval counts where none
 * refuses. One that throws refuses: a broken guard keeps the gate shut.
 */
export async function decidePolicies(
  policies: readonly Policy[],
  request: PolicyRequest,
): Promise<Decision> {
  const target = request.context.targetAgentId;
  let decision: Decision = permit;
  for (const policy of policies) {
    const answer = await answerOf(policy, request);
    if (answer === 'permit') continue;
    const details = { policy: policy.name, target };
    if ('deny' in answer) {
      return deny(
        'POLICY_DENIED',
        `The policy "${policy.name}" refused the handoff to "${target}": ${answer.deny}`,
        details,
      );
    }
    if (decision.kind === 'require-approval') continue;
    decision = {
      kind: 'require-approval',
      message: `The policy "${policy.name}" wants the handoff to "${target}" decided first: ${answer.requireApproval}`,
      details,
    };
  }
  return decision;
}

/** The policy's answer, which may be anything: what is none of the three is a refusal. */
async function answerOf(policy: Policy, request: PolicyRequest): Promise<PolicyAnswer> {
  try {
    const answer = await policy.decide(request);
    if (answer === 'permit') return answer;
    const { deny: denial, requireApproval } = Object(answer) as Record<string, unknown>;
    if (denial === undefined && requireApproval !== undefined) {
      return { requireApproval: String(requireApproval) };
    }
    return {
      deny: String(
        denial ??
          `it answered ${JSON.stringify(answer)}, and not 'permit', { deny } or { requireApproval }`,
      ),
    };
  } catch (thrown) {
    return { deny: `it failed: ${HandoffError.from(thrown).message}` };
  }
}
