import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { Json } from '../context/json.ts';
import { checkFields } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { derivedId } from '../line/derived-id.ts';
import type { CompletedHandoff } from '../line/handoff-result.ts';
import type { OpenInput } from '../line/open-input.ts';
import type { Join } from '../patterns/join.ts';
import type { IdSource } from '../runtime/id-source.ts';
import type { HandoffInput, HandoffTarget, RunOptions } from './handoff-input.ts';
import { newIds, toOpenInput } from './to-open-input.ts';

type Shared<Agent extends HandoffAgent> = Omit<
  HandoffInput<HandoffAgent, Agent['id']>,
  'target' | 'payload' | 'reason'
> & {
  /** In order; one at least. */
  readonly targets: readonly HandoffTarget<Agent>[];
};

/** What `chainHandoff` takes. The reasons of its steps follow from the agents' declared paths. */
export type ChainInput<Agent extends HandoffAgent> = Shared<Agent>;

/** What `failoverHandoff` takes. From the second target on the reason is `failure`. */
export type FailoverInput<Agent extends HandoffAgent> = Shared<Agent> & {
  /** Of the first; default `specialization`. */
  readonly reason?: HandoffInput<HandoffAgent>['reason'];
};

/** What `escalateHandoff` takes. The reason of every step is `escalation`. */
export type EscalateInput<Agent extends HandoffAgent> = Shared<Agent> & {
  /** The confidence, from 0 to 1, that is enough. */
  readonly until: number;
};

/** What `parallelHandoff` takes. */
export type ParallelInput<Agent extends HandoffAgent, Aggregated = unknown> = Shared<Agent> & {
  /** Of every branch; default `specialization`. */
  readonly reason?: HandoffInput<HandoffAgent>['reason'];
  /** Default `all`. */
  readonly join?: Join;
  /**
   * Makes one answer of those of the branches that counted, in the order of the targets: the result's
   * `data`, recorded with the join. Plain JSON. It runs in the process that was asked, when the join is
   * made.
   */
  readonly aggregate?: (results: readonly CompletedHandoff[]) => Aggregated | Promise<Aggregated>;
};

/** The fields of a {@link ChainInput}. */
export const chainFields = {
  deadlineAt: true,
  findings: true,
  instructions: true,
  keepMessages: true,
  metadata: true,
  parent: true,
  scope: true,
  source: true,
  state: true,
  targets: true,
  task: true,
  traceparent: true,
} satisfies Record<keyof ChainInput<HandoffAgent>, true>;

/** The fields of a {@link FailoverInput}. */
export const failoverFields = {
  ...chainFields,
  reason: true,
} satisfies Record<keyof FailoverInput<HandoffAgent>, true>;

/** The fields of an {@link EscalateInput}. */
export const escalateFields = {
  ...chainFields,
  until: true,
} satisfies Record<keyof EscalateInput<HandoffAgent>, true>;

/** The fields of a {@link ParallelInput}. */
export const parallelFields = {
  ...failoverFields,
  join: true,
  aggregate: true,
} satisfies Record<keyof ParallelInput<HandoffAgent>, true>;

const targetFields = {
  target: true,
  task: true,
  instructions: true,
  payload: true,
} satisfies Record<keyof Exclude<HandoffTarget<HandoffAgent>, string>, true>;

/** How a pattern's targets become steps. */
export interface ToSteps {
  readonly method: string;
  readonly options: RunOptions;
  readonly ids: IdSource;
  /** The manager's. */
  readonly name: string;
  /** Whether only the first step has the state, the parent and what is known: the others take it over. */
  readonly inherits: boolean;
}

/** One input for each target, all in the first one's task; their ids follow from its id. */
export async function toSteps(
  {
    targets,
    ...shared
  }: Shared<HandoffAgent> & { readonly reason?: HandoffInput<HandoffAgent>['reason'] },
  { method, options, ids, name, inherits }: ToSteps,
): Promise<readonly [OpenInput, ...OpenInput[]]> {
  if (!Array.isArray(targets) || targets.length === 0) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `${method} needs targets: pass a list with the ids of one agent or more.`,
    );
  }
  const root = await newIds(ids, name, options);
  const { state, keepMessages, findings, parent, source, ...everyStep } = shared;
  const firstOnly = { state, keepMessages, findings, parent, source };
  const steps = targets.map(async (step, i) => {
    const target = typeof step === 'string' ? { target: step } : step;
    // What is no object names no agent, which is said where the agent is looked for.
    checkFields(`A target of ${method}`, target ?? {}, targetFields);
    const known = i === 0 || !inherits ? firstOnly : {};
    const input = withoutUndefined({ ...everyStep, ...known, ...target });
    const handoffId = i === 0 ? root.handoffId : await derivedId(root.handoffId, method, i);
    const { reason, ...open } = toOpenInput(input as HandoffInput<HandoffAgent>, options, {
      taskId: root.taskId,
      handoffId,
    });
    // A chain's reason follows from the paths.
    return inherits && shared.reason === undefined ? open : { ...open, ...(reason && { reason }) };
  });
  return (await Promise.all(steps)) as unknown as readonly [OpenInput, ...OpenInput[]];
}

/** A number of branches that can complete. */
export function checkJoin(join: Join, branches: number): Join {
  if (join === 'all' || join === 'any') return join;
  const quorum: unknown = join?.quorum;
  if (Number.isSafeInteger(quorum) && (quorum as number) >= 1 && (quorum as number) <= branches) {
    return { quorum: quorum as number };
  }
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `join is ${JSON.stringify(join)}: give 'all', 'any' or { quorum } with a whole number from 1 to ${branches}, the number of targets.`,
    { details: { join: join as unknown as Json } },
  );
}

/** A confidence that can be reached. */
export function checkUntil(until: number): number {
  if (typeof until === 'number' && until >= 0 && until <= 1) return until;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `until is ${String(until)}: give the confidence that is enough, from 0 to 1.`,
  );
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
