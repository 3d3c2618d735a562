import type { CreateHandoffContextOptions } from '../context/create-handoff-context.ts';
import type { Json } from '../context/json.ts';
import type { Origin } from '../context/origin.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { Share } from '../policy/ledger.ts';
import type { Limits } from '../policy/limits.ts';
import type { Branches } from './branches.ts';

/** What opens a handoff: plain JSON, so that it can be submitted to any engine. */
export interface OpenInput {
  readonly handoffId: string;
  /** The new task's id; with a parent, the parent's task is meant. */
  readonly taskId: string;
  /** Absent: `user`, or with a parent its holder. */
  readonly source?: string;
  readonly target: string;
  /** Absent: the reason of a chain's step. */
  readonly reason?: CreateHandoffContextOptions['reason'];
  readonly parentIds: readonly string[];
  /** The rest of the context, as far as it is given. */
  readonly content: Omit<
    CreateHandoffContextOptions,
    'handoffId' | 'taskId' | 'sourceAgentId' | 'targetAgentId' | 'reason' | 'parentIds'
  >;
  /** Who was asked before and failed: each becomes a finding under its agent's id. */
  readonly failures?: readonly Failure[];
  /** Whether `content` is a whole context, to be taken as it is, or inherits from the parent. */
  readonly whole: boolean;
  /** Whether to accept it too, or only to request it. */
  readonly accept: boolean;
  /** Narrower than the task's. */
  readonly limits?: Partial<Limits>;
  /** Of this handoff; shorter than the task's `timeoutMs`. */
  readonly timeoutMs?: number;
  readonly origin: Origin;
  readonly findingOrigins?: Readonly<Record<string, Origin>>;
  /** The agent of its parent asked for it: what it says is trusted as far as that agent's report is. */
  readonly asked?: true;
  readonly principal?: string;
  /** Its ids derive from an idempotency key, so that they may be those of one that was begun before. */
  readonly keyed?: true;
  readonly replayOf?: string;
  /** The conversation that it belongs to. */
  readonly threadId?: string;
  /** Opens in a task that may exist, without a parent in it: one of several that begin side by side. */
  readonly sibling?: true;
  /** The most that it may set aside, where it is one of several branches; default half of what is free. */
  readonly share?: Share;
  /** What it is one of: it opens while they are not decided. */
  readonly branches?: Branches;
  /** What it is a step of: recorded, so that any process can go on with the whole. */
  readonly run?: RunSpec;
  /** The handoff tools that its agent gets; default `delegate`. */
  readonly routes?: Routes;
}

/** What an agent failed for. */
export interface Failure {
  readonly agentId: string;
  readonly failed: ErrorCode;
  readonly message: string;
}

/**
 * Which handoff tools an agent gets: none; those whose answer it waits for; or also those that move the
 * conversation, for which somebody must follow it.
 */
export type Routes = 'none' | 'delegate' | 'all';

/** A run of several handoffs, as it was submitted to the engine. */
export interface RunSpec {
  /** The handoff that it begins with, under whose record it is kept. */
  readonly root: string;
  readonly workflow: string;
  readonly input: Json;
}
