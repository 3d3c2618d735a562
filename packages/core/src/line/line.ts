import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { WriteSummary } from '../agent/summarize-with-model.ts';
import type { Usage } from '../agent/usage.ts';
import type { ContextFilter } from '../context/context-filter.ts';
import type { Redactor } from '../context/plain-json.ts';
import type { Summarize } from '../context/summarize-conversation.ts';
import type { EventChannel } from '../events/event-channel.ts';
import type { Limits } from '../policy/limits.ts';
import type { Policy } from '../policy/policy.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import type { ThreadStore } from '../record/thread-store.ts';
import type { Clock } from '../runtime/clock.ts';
import type { IdSource } from '../runtime/id-source.ts';
import type { AppendQueue } from './append-queue.ts';
import type { CompletedHandoff } from './handoff-result.ts';
import type { HandoffToolSpec } from './handoff-tool-spec.ts';
import type { LiveHandoffs } from './live-handoffs.ts';

/** What a usage costs, in United States dollars. */
export type Price = (usage: Usage, agent: { readonly agentId: string }) => number;

/** How sure an agent is that reports no confidence, from its answer and the context's confidence. */
export type EstimateConfidence = (output: string, confidence: number) => number;

/** Makes one answer of what several agents answered, in the order of the targets. Plain JSON. */
export type Aggregate = (results: readonly CompletedHandoff[]) => unknown;

/** Everything that a handoff's way from start to end depends on. One manager has one line. */
export interface Line {
  readonly agents: ReadonlyMap<string, HandoffAgent>;
  /** The handoff tools of each agent that declares paths. */
  readonly toolSpecs: ReadonlyMap<string, readonly HandoffToolSpec[]>;
  /** Agents that run one handoff in the place of its target, by handoff id. */
  readonly standIns: Map<string, HandoffAgent>;
  readonly store: HandoffStore;
  readonly threads: ThreadStore;
  /** What this process makes of branches that are joined, by the id of the first of them. */
  readonly aggregates: Map<string, Aggregate>;
  readonly events: EventChannel;
  readonly live: LiveHandoffs;
  /** Where what opens a handoff waits for its turn to write, and all else. */
  readonly openings: AppendQueue;
  readonly endings: AppendQueue;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly limits: Limits;
  readonly maxChain: number;
  readonly policies: readonly Policy[];
  /** How long a handoff waits for a decision, in milliseconds. */
  readonly approvalTimeoutMs: number;
  readonly redact: Redactor;
  readonly summarize: Summarize;
  readonly writeSummary: WriteSummary | undefined;
  readonly filters: readonly ContextFilter[];
  readonly estimateConfidence: EstimateConfidence;
  readonly price: Price | undefined;
}
