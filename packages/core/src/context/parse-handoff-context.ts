import type * as z from 'zod';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffContext } from './handoff-context.ts';
import { handoffContextSchema } from './handoff-context-schema.ts';
import { plainCopy } from './plain-json.ts';

/** Issues beyond this many are counted, not listed. */
const maxListed = 10;

/**
 * The context in `value`, which may be anything: a copy, with the keys of every object in order.
 * Reads it without running anything in it, and changes nothing: secrets that it contains stay.
 *
 * @throws HandoffError `UNSUPPORTED_VERSION` for a context of another version, `INVALID_CONTEXT` for
 * everything else that isn't a context, with `issues` (path and message of each) in its details.
 */
export function parseHandoffContext(value: unknown): HandoffContext {
  const plain = plainCopy(value, { path: 'context' });
  if (typeof plain === 'object' && plain !== null && 'version' in plain && plain.version !== 1) {
    const version = JSON.stringify(plain.version).slice(0, 40);
    throw new HandoffError(
      'UNSUPPORTED_VERSION',
      `The context has version ${version}; this package reads version 1. Update @agent-handoff/core or send version 1.`,
      { details: { supported: 1 } },
    );
  }
  const parsed = handoffContextSchema.safeParse(plain);
  if (parsed.success) return parsed.data;
  throw invalidContext(parsed.error.issues, 'context');
}

/** One `INVALID_CONTEXT` for what zod found wrong; `root` names the value. */
export function invalidContext(found: readonly z.core.$ZodIssue[], root: string): HandoffError {
  const issues = found
    .slice(0, maxListed)
    .map(({ path, message }) => ({ message, path: [root, ...path.map(String)].join('.') }));
  const listed = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const more = found.length > maxListed ? ` (and ${found.length - maxListed} more)` : '';
  return new HandoffError('INVALID_CONTEXT', `${listed}${more}. Correct the fields named here.`, {
    details: { issues },
  });
}
