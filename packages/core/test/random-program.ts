import fc from 'fast-check';
import type { Json, JsonObject } from '../src/context/json.ts';

export const holders = ['alpha', 'beta', 'gamma', 'delta'] as const;
export type Holder = (typeof holders)[number];

/** What an agent is to do with one handoff; it is handed over as the payload, so that agents remember nothing. */
export interface Work {
  readonly target: Holder;
  /** Until it goes on. */
  readonly delayMs: number;
  readonly answer:
    | 'answers'
    | 'fails'
    | 'throws'
    | 'stops short'
    | 'is refused'
    | 'needs an approval'
    | 'is late'
    | 'delegates'
    | 'delegates at once';
  readonly tokens: number;
  /** Work that it hands on, one after the other or all at once. */
  readonly parts: readonly Work[];
}

/** One thing that a caller does with a task; each after the first continues the one before it. */
export interface Act {
  readonly call:
    | 'execute'
    | 'chain'
    | 'failover'
    | 'escalate'
    | 'parallel'
    | 'race'
    | 'stream'
    | 'submit'
    | 'submit and cancel'
    | 'request and execute'
    | 'request and cancel'
    | 'replay';
  readonly works: readonly Work[];
  /** The caller's signal aborts then. */
  readonly abortAfterMs?: number | undefined;
  readonly cancelAfterMs: number;
  /** What is decided about the result, where it waits for that. */
  readonly decision: 'approve' | 'deny' | 'nothing';
}

/** What one caller does from its start on. */
export interface Program {
  readonly startMs: number;
  readonly hasKey: boolean;
  readonly limits: { readonly maxHandoffs?: number; readonly maxCostUsd?: number };
  readonly acts: readonly Act[];
}

const works = (depth: number): fc.Arbitrary<Work> =>
  fc.record<Work>({
    target: fc.constantFrom(...holders),
    delayMs: fc.nat(300),
    answer: fc.constantFrom(
      'answers',
      'answers',
      'answers',
      'fails',
      'throws',
      'stops short',
      'is refused',
      'needs an approval',
      'is late',
      'delegates',
      'delegates',
      'delegates at once',
    ),
    tokens: fc.nat(500),
    parts:
      depth === 0 ? fc.constant([]) : fc.array(works(depth - 1), { minLength: 1, maxLength: 3 }),
  });

const acts: fc.Arbitrary<Act> = fc.record<Act>({
  call: fc.constantFrom(
    'execute',
    'execute',
    'chain',
    'chain',
    'failover',
    'escalate',
    'parallel',
    'race',
    'stream',
    'submit',
    'submit and cancel',
    'request and execute',
    'request and cancel',
    'replay',
  ),
  works: fc.array(works(2), { minLength: 1, maxLength: 4 }),
  abortAfterMs: fc.option(fc.nat(400), { freq: 5, nil: undefined }),
  cancelAfterMs: fc.nat(400),
  decision: fc.constantFrom('approve', 'deny', 'nothing'),
});

export const programs: fc.Arbitrary<Program> = fc.record({
  startMs: fc.nat(20),
  hasKey: fc.boolean(),
  limits: fc.constantFrom({}, {}, {}, { maxHandoffs: 2 }, { maxCostUsd: 0.002 }),
  acts: fc.array(acts, { minLength: 1, maxLength: 3 }),
});

/** As an input carries it. */
export function toPayload(work: Work): JsonObject {
  return work as unknown as { readonly [key: string]: Json };
}
