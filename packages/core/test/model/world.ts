import fc from 'fast-check';
import { createPersonAgent } from '../../src/agent/create-person-agent.ts';
import type { HandoffAgent } from '../../src/agent/handoff-agent.ts';
import { HandoffError } from '../../src/errors/handoff-error.ts';
import type { HandoffResult } from '../../src/line/handoff-result.ts';
import { createHandoffManager } from '../../src/manager/create-handoff-manager.ts';
import type { HandoffManager } from '../../src/manager/handoff-manager.ts';
import type { Limits } from '../../src/policy/limits.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { memoryStore } from '../../src/record/memory-store.ts';
import { countingIds } from '../counting-ids.ts';
import { ManualClock } from '../manual-clock.ts';
import { type AgentCall, scriptedAgent } from '../scripted-agent.ts';
import { type MortalStore, mortalStore } from './mortal-store.ts';
import { type Behaviour, behaving, behaviours, type HandOut } from './scripts.ts';
import { randomFrom, slowStore } from './slow-store.ts';

export const agentIds = ['a', 'b', 'c', 'd', 'lead'] as const;
export type AgentId = (typeof agentIds)[number];

/** How an agent is declared, and what it does. */
export interface AgentPlan {
  readonly canTransferTo?: readonly AgentId[];
  readonly canDelegateTo?: readonly AgentId[];
  readonly canEscalateTo?: readonly AgentId[];
  readonly scope?: readonly string[];
  readonly repeatable: boolean;
  readonly resumable: boolean;
  readonly plan: readonly Behaviour[];
}

/** What a world is made of. */
export interface WorldPlan {
  readonly seed: number;
  readonly agents: Readonly<Record<Exclude<AgentId, 'lead'>, AgentPlan>>;
  readonly limits: Partial<Limits>;
  readonly maxChain: number;
  /** Whom a policy wants approved first, and whom one refuses. */
  readonly approved: readonly AgentId[];
  readonly refused: readonly AgentId[];
}

const others = fc.subarray([...agentIds], { minLength: 1, maxLength: 3 });
const tools = ['search', 'mail', 'pay'];
export const scopes = fc.oneof(fc.constant(['*']), fc.subarray(tools));

const agentPlans: fc.Arbitrary<AgentPlan> = fc.record(
  {
    canTransferTo: others,
    canDelegateTo: others,
    canEscalateTo: others,
    scope: scopes,
    repeatable: fc.boolean(),
    resumable: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
    plan: fc.array(behaviours, { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: ['repeatable', 'resumable', 'plan'] },
);

const seldom = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  fc.subarray([...agentIds], { minLength: 1, maxLength: 1 }),
);

export const worldPlans: fc.Arbitrary<WorldPlan> = fc.record<WorldPlan>({
  seed: fc.integer(),
  agents: fc.record({ a: agentPlans, b: agentPlans, c: agentPlans, d: agentPlans }),
  limits: fc.record({
    maxHandoffs: fc.integer({ min: 2, max: 14 }),
    maxTokens: fc.integer({ min: 50, max: 5_000 }),
    maxVisitsPerAgent: fc.integer({ min: 1, max: 4 }),
    timeoutMs: fc.constant(60_000),
  }),
  maxChain: fc.integer({ min: 1, max: 5 }),
  approved: seldom,
  refused: seldom,
});

/** One process. */
export interface Process {
  readonly manager: HandoffManager;
  readonly view: MortalStore;
}

/** Something that a caller asked for, and what came of it. */
export interface Asked {
  readonly what: string;
  readonly by: Process;
  settled?: HandoffResult | undefined;
  fault?: unknown;
  isOver: boolean;
  readonly threadId?: string | undefined;
  readonly input?: string | undefined;
}

export const hourMs = 3_600_000;

/** Processes on one store, whose agents do as planned. */
export class World {
  readonly plan: WorldPlan;
  readonly clock = new ManualClock();
  readonly store = memoryStore();
  readonly calls: AgentCall[] = [];
  readonly asked: Asked[] = [];
  readonly deletedThreads = new Set<string>();
  readonly processes: Process[] = [];
  #started = 0;
  readonly #random: () => number;

  constructor(plan: WorldPlan) {
    this.plan = plan;
    this.#random = randomFrom(plan.seed);
    this.processes.push(this.start(), this.start());
  }

  /** Another process on the store. */
  start(): Process {
    const view = mortalStore(slowStore(this.store, this.clock, this.#random));
    const { limits, maxChain, agents, approved, refused } = this.plan;
    const policy: Policy = {
      name: 'house',
      decide({ context }) {
        const target = context.targetAgentId as AgentId;
        if (refused.includes(target)) return { deny: 'never' };
        return approved.includes(target) ? { requireApproval: 'ask first' } : 'permit';
      },
    };
    let hands: HandoffManager | undefined;
    const handOut: HandOut = async (parent, [first = 0, ...more]) => {
      const targets = [first, ...more].map((pick) => agentIds[pick % agentIds.length] as AgentId);
      const input = { targets, task: `A part of ${parent}`, parent };
      if (first % 3 === 0) return hands?.chainHandoff(input);
      return first % 3 === 1 ? hands?.failoverHandoff(input) : hands?.parallelHandoff(input);
    };
    const manager = createHandoffManager({
      agents: [
        ...Object.entries(agents).map(([id, plan]) => this.#agent(id, plan, handOut)),
        createPersonAgent({ id: 'lead' }),
      ],
      limits,
      maxChain,
      policies: [policy],
      approvalTimeoutMs: hourMs,
      store: view,
      clock: this.clock,
      ids: countingIds(`-${++this.#started}`),
    });
    hands = manager as unknown as HandoffManager;
    return { manager: hands, view };
  }

  #agent(id: string, { plan, ...declared }: AgentPlan, handOut: HandOut): HandoffAgent {
    const behave = behaving(plan, this.clock, handOut);
    return scriptedAgent(
      id,
      (call) => {
        this.calls.push(call);
        return behave(call);
      },
      declared,
    );
  }

  /** Kills a process; another one takes its place. */
  crash(index: number): void {
    this.process(index).view.die();
    this.processes[index % this.processes.length] = this.start();
  }

  process(index: number): Process {
    return this.processes[index % this.processes.length] as Process;
  }

  /** Asks a process for something, without waiting for it. */
  ask(
    index: number,
    what: string,
    act: (manager: HandoffManager) => Promise<unknown>,
    more: Pick<Asked, 'threadId' | 'input'> = {},
  ): Asked {
    const by = this.process(index);
    const asked: Asked = { what, by, isOver: false, ...more };
    this.asked.push(asked);
    act(by.manager).then(
      (result) => {
        asked.settled = result as HandoffResult;
        asked.isOver = true;
      },
      (thrown) => {
        asked.fault = thrown;
        asked.isOver = true;
      },
    );
    return asked;
  }

  /** Waits for something, whatever time that takes; undefined where it never comes. */
  async wait<Answer>(promise: Promise<Answer>): Promise<Answer | undefined> {
    let answer: { readonly value: Answer } | undefined;
    let fault: unknown;
    promise.then(
      (value) => {
        answer = { value };
      },
      (thrown) => {
        fault = thrown;
      },
    );
    for (let i = 0; i < 60 && !answer && !fault; i++)
      await this.clock.advance(i < 30 ? 20 : 20_000);
    if (fault && !HandoffError.isInstance(fault)) throw fault;
    return answer?.value;
  }
}
