import type { ErrorCode } from './error-code.ts';
import { HandoffError } from './handoff-error.ts';
import { nearestName } from './nearest-name.ts';

/** The names of options. Written with `satisfies Record<keyof Options, true>`, no option is forgotten. */
export type OptionNames = Readonly<Record<string, true>>;

const none: OptionNames = {};

/**
 * Refuses an option that nothing reads: a rule that is misspelt would never be enforced.
 *
 * @param taker who takes the options: the name of a function, or a noun such as `A manager`.
 * @param unread what may be there although nothing reads it, because it is passed on with the rest.
 * @throws HandoffError `INVALID_CONFIGURATION` for an option that there isn't, with the nearest that
 * there is, and for what is no object.
 */
export function checkOptions(
  taker: string,
  given: unknown,
  names: OptionNames,
  unread: OptionNames = none,
): void {
  check(taker, given, names, unread, 'option', 'INVALID_CONFIGURATION');
}

/** {@link checkOptions} for an input whose members are called fields. */
export function checkFields(
  taker: string,
  given: unknown,
  names: OptionNames,
  code: ErrorCode = 'INVALID_CONFIGURATION',
): void {
  check(taker, given, names, none, 'field', code);
}

function check(
  taker: string,
  given: unknown,
  names: OptionNames,
  unread: OptionNames,
  what: 'option' | 'field',
  code: ErrorCode,
): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw noObject(taker, given, names, what, code);
  }
  // Not its own keys alone: what is inherited is read as well.
  for (const name in given) {
    if (names[name] !== true && unread[name] !== true)
      throw unknownName(taker, name, names, what, code);
  }
}

function noObject(
  taker: string,
  given: unknown,
  names: OptionNames,
  what: string,
  code: ErrorCode,
): HandoffError {
  const kind = given === null ? 'null' : Array.isArray(given) ? 'a list' : typeof given;
  return new HandoffError(
    code,
    `${taker} takes its ${what}s as an object, not ${kind}: ${listOf(names, what)}.`,
  );
}

function unknownName(
  taker: string,
  name: string,
  names: OptionNames,
  what: string,
  code: ErrorCode,
): HandoffError {
  const nearest = nearestName(name, Object.keys(names));
  const asked = nearest === undefined ? '' : ` Did you mean ${JSON.stringify(nearest)}?`;
  return new HandoffError(
    code,
    `${taker} has no ${what} ${JSON.stringify(name)}.${asked} ${capital(listOf(names, what))}.`,
    { details: { [what]: name, ...(nearest === undefined ? {} : { nearest }) } },
  );
}

function listOf(names: OptionNames, what: string): string {
  const all = Object.keys(names).sort();
  return all.length === 0 ? 'there is none' : `its ${what}s are ${all.join(', ')}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
