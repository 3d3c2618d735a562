import fc from 'fast-check';
import type { HandoffContext } from '../src/context/handoff-context.ts';
import { handoffReasons } from '../src/context/handoff-reason.ts';
import type { Json, JsonObject } from '../src/context/json.ts';
import { origins } from '../src/context/origin.ts';
import type { ToPromptOptions } from '../src/context/to-prompt.ts';
import { hostileText } from './hostile-text.ts';

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      hostileText,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(hostileText, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

const object = fc.dictionary(hostileText, json, {
  maxKeys: 5,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

/** The mark that hostile texts know of. */
export const knownDelimiter = 'd41d8cd98f00b204';

/** A context whose every text is hostile; `names` are its ids, reason and chain. */
export const hostileContext = (names: fc.Arbitrary<string>): fc.Arbitrary<HandoffContext> =>
  fc.record(
    {
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      conversationSummary: hostileText,
      createdAt: fc.constant('2026-11-24T09:30:00.000Z'),
      findings: object,
      handoffChain: fc.array(names, { maxLength: 4 }),
      handoffId: fc.constant('h1'),
      instructions: hostileText,
      keyMessages: fc.constant([]),
      metadata: object,
      originalTask: hostileText,
      parentIds: fc.constant([]),
      payload: json,
      progressSummary: hostileText,
      reason: fc.oneof(fc.constantFrom(...handoffReasons), names) as fc.Arbitrary<'failure'>,
      remaining: fc.constant({ handoffs: 25, tokens: 1_000_000 }),
      scope: fc.constant(['*']),
      sourceAgentId: names,
      stateSnapshot: object,
      targetAgentId: names,
      taskId: fc.constant('t1'),
      version: fc.constant(1 as const),
    },
    {
      requiredKeys: [
        'confidence',
        'createdAt',
        'findings',
        'handoffChain',
        'handoffId',
        'keyMessages',
        'metadata',
        'originalTask',
        'parentIds',
        'reason',
        'remaining',
        'scope',
        'sourceAgentId',
        'stateSnapshot',
        'targetAgentId',
        'taskId',
        'version',
      ],
    },
  );

/** The same context with harmless content in each place that has content. */
export function harmless(context: HandoffContext): HandoffContext {
  const text = (given: string | undefined): string | undefined =>
    given === undefined || given.trim() === '' ? given : 'harmless';
  const plain = {
    ...context,
    findings: Object.fromEntries(Object.keys(context.findings).map((_, i) => [`key${i}`, 'value'])),
    handoffChain: context.handoffChain.map((_, i) => `agent${i}`),
    originalTask: text(context.originalTask),
    reason: 'failure',
    sourceAgentId: 'source',
    targetAgentId: 'target',
    ...('payload' in context ? { payload: { key: 'value' } } : {}),
  } as Record<string, unknown>;
  for (const key of ['conversationSummary', 'instructions', 'progressSummary'] as const) {
    if (context[key] !== undefined) plain[key] = text(context[key]);
  }
  return plain as unknown as HandoffContext;
}

/** Origins for a context and some of its findings; `harmlessOptions` is the same by position. */
export const promptOrigins = (
  context: HandoffContext,
): fc.Arbitrary<{ options: ToPromptOptions; harmlessOptions: ToPromptOptions }> => {
  const keys = Object.keys(context.findings);
  const origin = fc.constantFrom(...origins);
  return fc
    .record({
      origin,
      each: fc.array(fc.option(origin), { minLength: keys.length, maxLength: keys.length }),
    })
    .map(({ origin: whole, each }) => {
      const forKeys = (names: readonly string[]) =>
        Object.fromEntries(names.flatMap((key, i) => (each[i] ? [[key, each[i]]] : [])));
      const common = { origin: whole, delimiter: knownDelimiter };
      return {
        options: { ...common, findingOrigins: forKeys(keys) },
        harmlessOptions: { ...common, findingOrigins: forKeys(keys.map((_, i) => `key${i}`)) },
      };
    });
};
