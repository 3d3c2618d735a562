import { HandoffError } from './handoff-error.ts';

/**
 * Refuses an option that nothing reads: a rule that is misspelt would never be enforced.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` with the options that there are.
 */
export function checkOptions(taker: string, given: object, options: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !options.includes(name));
  if (unknown === undefined) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `${taker} has no option ${JSON.stringify(unknown)}: its options are ${[...options].sort().join(', ')}.`,
    { details: { option: unknown } },
  );
}
