import { HandoffError } from '../errors/handoff-error.ts';

/** What bounds a task; see `defaultLimits`. A task's limits can be narrowed on the way, never widened. */
export interface Limits {
  /** United States dollars over the task; needs usages with a cost, or the manager's `price`. */
  readonly maxCostUsd?: number;
  /** Handoffs accepted in the task, of any kind. */
  readonly maxHandoffs: number;
  /** Tokens over the task, in and out. */
  readonly maxTokens: number;
  /** How often one agent may hold the task. */
  readonly maxVisitsPerAgent: number;
  /** Milliseconds from a handoff's acceptance to its end, the work it delegates included. */
  readonly timeoutMs: number;
}

/** 25 handoffs, a million tokens, 3 visits to an agent, 5 minutes for a handoff, any cost. */
export const defaultLimits: Limits = {
  maxHandoffs: 25,
  maxTokens: 1_000_000,
  maxVisitsPerAgent: 3,
  timeoutMs: 300_000,
};

const names = ['maxCostUsd', 'maxHandoffs', 'maxTokens', 'maxVisitsPerAgent', 'timeoutMs'] as const;

/**
 * The default limits, each replaced by the one given, up or down.
 *
 * @throws HandoffError as {@link narrowLimits} does.
 */
export function limitsWith(given: Partial<Limits> = {}): Limits {
  checkLimits(given);
  return Object.freeze(inOrder((name) => given[name] ?? defaultLimits[name]));
}

/**
 * The tighter of two sets of limits, each limit by itself.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an unknown limit and for one that isn't a number
 * above 0 (whole, except for the cost).
 */
export function narrowLimits(limits: Limits, narrower: Partial<Limits> | undefined): Limits {
  // A task's limits are its manager's own where nobody narrowed them.
  if (narrower === undefined || narrower === limits) return limits;
  checkLimits(narrower);
  return inOrder((name) => {
    const bound = Math.min(limits[name] ?? Infinity, narrower[name] ?? Infinity);
    return bound === Infinity ? undefined : bound;
  });
}

/** In order, so that a record that carries them is hashed as it is written. */
function inOrder(boundOf: (name: keyof Limits) => number | undefined): Limits {
  const limits: { [name: string]: number } = {};
  for (const name of names) {
    const bound = boundOf(name);
    if (bound !== undefined) limits[name] = bound;
  }
  return limits as unknown as Limits;
}

function checkLimits(limits: Partial<Limits>): void {
  for (const [name, bound] of Object.entries(limits)) {
    if (!(names as readonly string[]).includes(name)) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        `There is no limit named "${name}": the limits are ${names.join(', ')}.`,
        { details: { limit: name } },
      );
    }
    const whole = name === 'maxCostUsd' || Number.isSafeInteger(bound);
    if (bound !== undefined && !(whole && Number.isFinite(bound) && bound > 0)) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        `The limit ${name} is ${String(bound)}: give a ${name === 'maxCostUsd' ? '' : 'whole '}number above 0.`,
        { details: { limit: name } },
      );
    }
  }
}
