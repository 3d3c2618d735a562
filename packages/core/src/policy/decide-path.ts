import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { userId } from '../context/agent-id.ts';
import type { HandoffReason } from '../context/handoff-reason.ts';
import { type Deny, deny, type Permit, permit } from './decision.ts';

type Lists = Pick<HandoffAgent, 'canTransferTo' | 'canDelegateTo' | 'canEscalateTo'>;
type ListName = keyof Lists;

const listsFor: Readonly<Record<Exclude<HandoffReason, 'completion'>, readonly ListName[]>> = {
  specialization: ['canTransferTo', 'canDelegateTo'],
  delegation: ['canDelegateTo'],
  escalation: ['canEscalateTo'],
  // The step it replaces went by one of the three; which one is not known any more.
  failure: ['canTransferTo', 'canDelegateTo', 'canEscalateTo'],
};

/** What a path decision looks at. */
export interface PathRequest {
  /** The agent that hands on; undefined for `user`. */
  readonly source: (Lists & { readonly id: string }) | undefined;
  readonly target: string;
  readonly reason: HandoffReason;
  /** Who held the task before the source, where anyone did. */
  readonly previousHolder: string | undefined;
}

/** True where the agent declared any list, which closes every path that it doesn't list. */
function declaresPaths(agent: Lists): boolean {
  return (
    agent.canTransferTo !== undefined ||
    agent.canDelegateTo !== undefined ||
    agent.canEscalateTo !== undefined
  );
}

/**
 * Whether the source may hand to the target for this reason. `user` may always; an agent without
 * lists may always; `completion` goes back to the previous holder and nowhere else.
 */
export function decidePath({ source, target, reason, previousHolder }: PathRequest): Permit | Deny {
  if (reason === 'completion') {
    if (previousHolder === target) return permit;
    return deny(
      'PATH_DENIED',
      previousHolder === undefined
        ? `A handoff to "${target}" with the reason completion has nobody to go back to: completion returns work to the agent that handed it on.`
        : `A handoff with the reason completion goes back to "${previousHolder}", not to "${target}".`,
      { target, reason, ...(previousHolder === undefined ? {} : { previousHolder }) },
    );
  }
  if (source === undefined || !declaresPaths(source)) return permit;
  const lists = listsFor[reason];
  if (lists.some((list) => source[list]?.includes(target))) return permit;
  return deny(
    'PATH_DENIED',
    `Agent "${source.id}" may not hand to "${target}" for ${reason}: list the target in its ${lists.join(' or ')}.`,
    { source: source.id, target, reason, lists },
  );
}

/**
 * The reason of a chain's step: specialization where the source may transfer or delegate to the
 * target, else escalation where it may escalate; specialization where it declares nothing.
 */
export function chainReason(source: Lists | undefined, target: string): HandoffReason {
  if (source === undefined || !declaresPaths(source)) return 'specialization';
  const { canTransferTo, canDelegateTo, canEscalateTo } = source;
  const listed = canTransferTo?.includes(target) || canDelegateTo?.includes(target);
  return !listed && canEscalateTo?.includes(target) ? 'escalation' : 'specialization';
}

/** The chain of a handoff: its parent's, then its own source; `user` is never in it. */
export function chainAfter(parentChain: readonly string[], source: string): readonly string[] {
  return source === userId ? parentChain : [...parentChain, source];
}
