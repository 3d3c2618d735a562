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

/** What a policy answers: `permit`, or a refusal with its reason in words for a person. */
export type PolicyAnswer = 'permit' | { readonly deny: string };

/** A rule of the application. It must not change anything: it may be asked again after a conflict. */
export interface Policy {
  /** Named in the refusal. */
  readonly name: string;
  decide(request: PolicyRequest): PolicyAnswer | Promise<PolicyAnswer>;
}

/** Asks each policy in order until one refuses. One that throws refuses: a broken guard keeps the gate shut. */
export async function decidePolicies(
  policies: readonly Policy[],
  request: PolicyRequest,
): Promise<Decision> {
  for (const policy of policies) {
    const reason = await refusalOf(policy, request);
    if (reason !== undefined) {
      return deny(
        'POLICY_DENIED',
        `The policy "${policy.name}" refused the handoff to "${request.context.targetAgentId}": ${reason}`,
        { policy: policy.name, target: request.context.targetAgentId },
      );
    }
  }
  return permit;
}

/** Why the policy refuses; undefined where it permits. Its answer may be anything: nothing but `permit` is one. */
async function refusalOf(policy: Policy, request: PolicyRequest): Promise<string | undefined> {
  try {
    const answer = await policy.decide(request);
    if (answer === 'permit') return undefined;
    return String(answer?.deny ?? `it answered ${JSON.stringify(answer)}`);
  } catch (thrown) {
    return `it failed: ${HandoffError.from(thrown).message}`;
  }
}
