import type { Json } from '@agent-handoff/core';
import { parse } from 'secure-json-parse';
import { isDeeperThan } from './json-depth.ts';

/** Objects and arrays inside one another, in any JSON that crosses the wire. */
export const maxJsonDepth = 32;

/**
 * The JSON in a text from outside.
 *
 * @throws Error that says what is wrong: no JSON, nested too deep, or a key that can change prototypes.
 */
export function parseJson(text: string, maxDepth = maxJsonDepth): Json {
  if (isDeeperThan(text, maxDepth)) {
    throw new Error(`it is nested deeper than ${maxDepth} levels`);
  }
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' }) as Json;
  } catch (thrown) {
    const forbidden = /forbidden prototype/.test(String(thrown));
    throw new Error(
      forbidden ? 'it has a key that can change prototypes, such as __proto__' : 'it is no JSON',
    );
  }
}
