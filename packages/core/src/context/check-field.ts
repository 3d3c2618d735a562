import { HandoffError } from '../errors/handoff-error.ts';
import type { Remaining } from './handoff-context.ts';
import { plainCopyIn } from './plain-json.ts';
import type { PlainWalk } from './plain-walk.ts';

/** An `INVALID_CONTEXT` that says which field is wrong, how, and what belongs there. */
export function invalidField(
  path: string,
  problem: string,
  expected: string,
  cause?: unknown,
): HandoffError {
  return new HandoffError('INVALID_CONTEXT', `${path} ${problem}. Pass ${expected}.`, {
    details: { path, problem },
    cause,
  });
}

/** `value`, or `INVALID_CONTEXT` where it doesn't pass the test. */
export function checkField<Type>(
  value: unknown,
  test: (value: unknown) => value is Type,
  path: string,
  expected: string,
): Type {
  if (test(value)) return value;
  throw invalidField(path, `is ${describe(value)}`, expected);
}

/** A copy of a list whose elements all pass the test; empty where it is absent. */
export function checkList<Type>(
  walk: PlainWalk,
  value: unknown,
  path: string,
  test: (value: unknown) => value is Type,
  expected: string,
): Type[] {
  if (value === undefined) return [];
  const copy: unknown = plainCopyIn(walk, value, path, 1);
  if (!Array.isArray(copy)) throw invalidField(path, 'is not a list', `a list, each ${expected}`);
  copy.forEach((element: unknown, i) => void checkField(element, test, `${path}[${i}]`, expected));
  return copy;
}

/** A copy of what is left of the limits, with its keys in order. */
export function checkRemaining(value: Remaining): Remaining {
  const { costUsd, handoffs, tokens } = plainRemaining(value);
  const counts = {
    // Adding 0 turns -0 into 0.
    handoffs: checkField(handoffs, isCount, 'remaining.handoffs', aCount) + 0,
    tokens: checkField(tokens, isCount, 'remaining.tokens', aCount) + 0,
  };
  if (costUsd === undefined) return counts;
  const cost = checkField(costUsd, isCost, 'remaining.costUsd', 'a number from 0') + 0;
  return { costUsd: cost, ...counts };
}

const aCount = 'a whole number from 0';

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const isCost = (value: unknown): value is number => Number.isFinite(value) && Number(value) >= 0;

function plainRemaining(value: Remaining): Partial<Record<keyof Remaining, unknown>> {
  try {
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw invalidField('remaining', 'throws when it is read', 'a plain object', cause);
  }
  throw invalidField('remaining', 'is not an object', '{ handoffs, tokens }');
}

/** A short name of any value, in which nothing of the value runs. */
function describe(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (typeof value === 'number' || value === null || typeof value === 'boolean') return `${value}`;
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
