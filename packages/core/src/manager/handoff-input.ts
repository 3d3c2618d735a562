import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { AgentState } from '../context/agent-state.ts';
import type { HandoffReason } from '../context/handoff-reason.ts';
import type { JsonObject } from '../context/json.ts';
import type { Origin } from '../context/origin.ts';
import type { Limits } from '../policy/limits.ts';

/** The id of an earlier handoff, or anything that has it. */
export type ParentHandoffId = string | { readonly handoffId: string };

interface CommonInput<Source extends string> {
  /** Who hands on; default `user`, or the holder after `parent`. */
  readonly source?: Source | 'user';
  /** The work, in words. */
  readonly task: string;
  /** Default `specialization`. */
  readonly reason?: HandoffReason;
  /** The source's state: gives the conversation summary, the snapshot and the confidence. */
  readonly state?: AgentState;
  /** Also hands on the last messages of `state`, at most so many; true is five. Default false. */
  readonly keepMessages?: boolean | number;
  /** What is known, by key; added to what a parent hands down. */
  readonly findings?: JsonObject;
  readonly instructions?: string;
  /** The handoff that this one continues; absent begins a new task. */
  readonly parent?: ParentHandoffId;
  /** What the target may use; only ever narrower than the parent's scope. */
  readonly scope?: readonly string[];
  /** RFC 3339 UTC; only ever earlier than the parent's. */
  readonly deadlineAt?: string;
  /** Data of the application; travels along unread. */
  readonly metadata?: JsonObject;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}

type PayloadField<Payload> = unknown extends Payload
  ? { readonly payload?: unknown }
  : undefined extends Payload
    ? { readonly payload?: Exclude<Payload, undefined> }
    : { readonly payload: Payload };

/** What a handoff takes, by the id of its target. */
export type InputById<Agent extends HandoffAgent> = {
  readonly [Each in Agent as Each['id']]: HandoffInput<Each, Agent['id']>;
};

/** The structured answers, by the id of the agent that gives them. */
export type DataById<Agent extends HandoffAgent> = {
  readonly [Each in Agent as Each['id']]: DataOf<Each>;
};

/** The payload that an agent takes. */
export type PayloadOf<Agent> = Agent extends { readonly '~types'?: infer Types }
  ? NonNullable<Types> extends { readonly payload: infer Payload }
    ? Payload
    : unknown
  : unknown;

/** The structured answer that an agent gives. */
export type DataOf<Agent> = Agent extends { readonly '~types'?: infer Types }
  ? NonNullable<Types> extends { readonly data: infer Data }
    ? Data
    : unknown
  : unknown;

/** What a handoff to one of the agents takes: one shape for each, so that payloads fit their target. */
export type HandoffInput<
  Agent extends HandoffAgent,
  Source extends string = string,
> = Agent extends unknown
  ? CommonInput<Source> & { readonly target: Agent['id'] } & PayloadField<PayloadOf<Agent>>
  : never;

/** The fields of a {@link HandoffInput}. */
export const handoffFields = {
  deadlineAt: true,
  findings: true,
  instructions: true,
  keepMessages: true,
  metadata: true,
  parent: true,
  payload: true,
  reason: true,
  scope: true,
  source: true,
  state: true,
  target: true,
  task: true,
  traceparent: true,
} satisfies Record<keyof HandoffInput<HandoffAgent>, true>;

/** A step of a pattern: an agent's id, or a target with its own payload, task and instructions. */
export type HandoffTarget<Agent extends HandoffAgent> = Agent extends unknown
  ?
      | (undefined extends PayloadOf<Agent>
          ? Agent['id']
          : unknown extends PayloadOf<Agent>
            ? Agent['id']
            : never)
      | ({
          readonly target: Agent['id'];
          /** Default: the pattern's. */
          readonly task?: string;
          readonly instructions?: string;
        } & PayloadField<PayloadOf<Agent>>)
  : never;

/** How a handoff is requested, besides its input. */
export interface RequestOptions {
  /**
   * Makes a request happen once: a second one with the same key, in any process on the same store, has
   * the result of the first. Unique by manager name, principal and key.
   */
  readonly idempotencyKey?: string;
  /** On whose behalf; in the task's first record, and shown to policies. */
  readonly principal?: string;
  /** Tighter limits, for the task from this handoff on. */
  readonly limits?: Partial<Limits>;
  /** Where the content comes from: set by a boundary that parsed it; default `own`. */
  readonly origin?: Origin;
  /** The findings, by key, whose origin differs. */
  readonly findingOrigins?: Readonly<Record<string, Origin>>;
}

/** How work is run, besides its input. */
export interface RunOptions extends RequestOptions {
  /** Aborted: the handoff is cancelled. */
  readonly signal?: AbortSignal;
  /** Milliseconds from acceptance to the end; tighter than the limit `timeoutMs`, for this handoff only. */
  readonly timeoutMs?: number;
}

/** How `executeHandoff` runs a handoff, besides its input. */
export interface ExecuteOptions extends RunOptions {
  /**
   * Told the id under which the handoff is recorded, before it begins, for callers
   * who may not wait for its result.
   */
  readonly onHandoffId?: (handoffId: string) => void;
}
