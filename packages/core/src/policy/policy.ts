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
    let answer: PolicyAnswer;
    try {
      answer = await policy.decide(request);
    } catch (thrown) {
      answer = { deny: `it failed: ${HandoffError.from(thrown).message}` };
    }
    if (answer !== 'permit') {
      const reason = answer?.deny ?? `it answered ${JSON.stringify(answer)}`;
      return deny(
        'POLICY_DENIED',
        `The policy "${policy.name}" refused the handoff to "${request.context.targetAgentId}": ${reason}`,
        { policy: policy.name, target: request.context.targetAgentId },
      );
    }
  }
  return permit;
}
