import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { WriteSummary } from '../agent/summarize-with-model.ts';
import type { ContextFilter } from '../context/context-filter.ts';
import { estimateConfidence } from '../context/estimate-confidence.ts';
import { createRedactor, type RedactOption } from '../context/redact.ts';
import { type Summarize, summarizeConversation } from '../context/summarize-conversation.ts';
import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type EventChannel, localEventChannel } from '../events/event-channel.ts';
import type { ExecutionEngine } from '../execution/execution-engine.ts';
import { inProcessEngine } from '../execution/in-process-engine.ts';
import { AppendQueue } from '../line/append-queue.ts';
import { handoffToolSpecs } from '../line/handoff-tool-spec.ts';
import type { EstimateConfidence, Line, Price } from '../line/line.ts';
import { LiveHandoffs } from '../line/live-handoffs.ts';
import { type Limits, limitsWith } from '../policy/limits.ts';
import type { Policy } from '../policy/policy.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';
import { memoryThreads, type ThreadStore } from '../record/thread-store.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type IdSource, randomIds } from '../runtime/id-source.ts';
import { mapAgents } from './agent-map.ts';

/** What `createHandoffManager` takes. */
export interface HandoffManagerOptions<Agent extends HandoffAgent = HandoffAgent> {
  /** The agents that work is handed between; their ids differ by more than case. */
  readonly agents: readonly Agent[];
  /** How many agents one path may pass through before its target; default 5. */
  readonly maxChain?: number;
  /** What bounds a task; default `defaultLimits`. A number given here replaces its default, up or down. */
  readonly limits?: Partial<Limits>;
  /** Rules of the application, asked in order before a handoff is accepted. */
  readonly policies?: readonly Policy[];
  /** Milliseconds that a handoff waits for a decision before it fails; default 7 days. */
  readonly approvalTimeoutMs?: number;
  /** Where records live; default a memory store of 10,000 tasks. */
  readonly store?: HandoffStore;
  /** Where conversations live; default the store, where it keeps them, else this process. */
  readonly threads?: ThreadStore;
  /** Where handoffs run; default this process. */
  readonly engine?: ExecutionEngine;
  /** Secrets to redact beyond the well-known ones, or false for none. */
  readonly redact?: RedactOption;
  /** What a usage costs, where agents report tokens only; `maxCostUsd` needs it. */
  readonly price?: Price;
  /** Writes the conversation summary of a state; default `summarizeConversation`. */
  readonly summarize?: Summarize;
  /**
   * Writes it with a model instead, see `summarizeWithModel`; what that costs counts as the target's.
   */
  readonly writeSummary?: WriteSummary;
  /**
   * What of a conversation is handed on, in every handoff that isn't a whole context or a replay: each
   * filter sees source, target and reason.
   */
  readonly filters?: readonly ContextFilter[];
  /** How sure an agent is that doesn't say; default `estimateConfidence`. */
  readonly estimateConfidence?: EstimateConfidence;
  /** Carries live events to followers; default within this process. */
  readonly events?: EventChannel;
  readonly clock?: Clock;
  readonly ids?: IdSource;
  /** Part of every idempotency key; default `default`. Two managers on one store that do different work need different names. */
  readonly name?: string;
}

const sevenDaysMs = 604_800_000;

/** The line that the options make, with the engine it runs on. */
export function toLine(options: HandoffManagerOptions): { line: Line; engine: ExecutionEngine } {
  checkOptions('A manager', options, optionNames);
  const { clock = systemClock, maxChain = 5, limits, policies = [] } = options;
  const { approvalTimeoutMs = sevenDaysMs } = options;
  const agents = mapAgents(options.agents);
  checkPolicies(policies);
  if (!Number.isSafeInteger(maxChain) || maxChain < 0) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxChain is ${maxChain}: give a whole number from 0.`,
    );
  }
  if (!Number.isSafeInteger(approvalTimeoutMs) || approvalTimeoutMs < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `approvalTimeoutMs is ${approvalTimeoutMs}: give whole milliseconds above 0.`,
    );
  }
  if (limits?.maxCostUsd !== undefined && options.price === undefined) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      'The limit maxCostUsd needs price, which says what a usage costs: without it nothing is ever spent.',
    );
  }
  const store = options.store ?? memoryStore();
  const redact = createRedactor(options.redact);
  const line: Line = {
    agents,
    toolSpecs: new Map(
      [...agents].map(([id, agent]) => [id, handoffToolSpecs(agent, agents)] as const),
    ),
    standIns: new Map(),
    aggregates: new Map(),
    store,
    threads: options.threads ?? store.threads ?? memoryThreads(),
    events: options.events ?? localEventChannel(),
    live: new LiveHandoffs(),
    openings: new AppendQueue(clock),
    endings: new AppendQueue(clock),
    clock,
    ids: options.ids ?? randomIds,
    limits: limitsWith(limits),
    maxChain,
    policies,
    approvalTimeoutMs,
    redact,
    filters: options.filters ?? [],
    writeSummary: options.writeSummary,
    summarize: options.summarize ?? ((messages) => summarizeConversation(messages, { redact })),
    estimateConfidence: options.estimateConfidence ?? estimateConfidence,
    price: options.price,
  };
  return { line, engine: options.engine ?? inProcessEngine({ clock }) };
}

function checkPolicies(policies: readonly Policy[]): void {
  if (Array.isArray(policies) && policies.every((each) => typeof each?.decide === 'function'))
    return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    'policies is no list of policies: pass [{ name, decide }], where decide is a function.',
  );
}

const optionNames = {
  agents: true,
  maxChain: true,
  limits: true,
  policies: true,
  approvalTimeoutMs: true,
  store: true,
  threads: true,
  engine: true,
  redact: true,
  price: true,
  summarize: true,
  writeSummary: true,
  filters: true,
  estimateConfidence: true,
  events: true,
  clock: true,
  ids: true,
  name: true,
} satisfies Record<keyof HandoffManagerOptions, true>;
