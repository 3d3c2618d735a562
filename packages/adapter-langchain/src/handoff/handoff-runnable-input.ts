import type { HandoffInput, PayloadOf } from '@agent-handoff/core';
import type { HandoffAgent, NoOthers } from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';

/** The input of a handoff that any agent may get from any other. */
export type AnyInput = HandoffInput<HandoffAgent>;

/** What all handoffs of a `HandoffRunnable` have in common. */
export type HandoffDefaults<Agent extends HandoffAgent = HandoffAgent> = Partial<
  Omit<HandoffInput<HandoffAgent, Agent['id']>, 'target'>
> & { readonly target?: Agent['id'] };

/** Defaults whose payload fits their target, without names that nothing reads. */
export type FittingDefaults<Agent extends HandoffAgent, Given> = Given &
  NoOthers<Given, HandoffDefaults> & {
    readonly payload?: Exclude<PayloadOf<TargetIn<Agent, Given>>, undefined>;
  };

/** The agents that a handoff with these defaults may go to: the one that they name, else all. */
export type TargetIn<Agent extends HandoffAgent, Given> = Given extends {
  readonly target: infer Target;
}
  ? Agent extends HandoffAgent<infer Id>
    ? [Extract<Target, Id>] extends [never]
      ? never
      : Agent
    : never
  : Agent;

/**
 * What a `HandoffRunnable` takes: the input of a handoff without what the defaults give, or only its
 * task, as a text or a message, where nothing else is needed.
 */
export type HandoffRunnableInput<
  Target extends HandoffAgent = HandoffAgent,
  Given extends string = string,
  Source extends string = string,
> =
  | TaskAlone<Target, Given>
  | (Target extends unknown ? Completing<HandoffInput<Target, Source>, Given> : never);

type TaskAlone<Target extends HandoffAgent, Given extends string> = 'target' extends Given
  ? [NeedsPayload<Target>] extends [never]
    ? string | BaseMessage
    : 'payload' extends Given
      ? string | BaseMessage
      : never
  : never;

/** Those of the agents that no handoff goes to without a payload. */
export type NeedsPayload<Agent> = Agent extends unknown
  ? undefined extends PayloadOf<Agent>
    ? never
    : Agent
  : never;

type Completing<Input, Given extends string> = Omit<Input, Given> &
  Partial<Pick<Input, Given & keyof Input>>;

/** The agents with answers of any kind: who answers isn't known where transfers are followed. */
export type WithAnyData<Agent extends HandoffAgent> =
  Agent extends HandoffAgent<infer Id, infer Payload> ? HandoffAgent<Id, Payload> : never;
