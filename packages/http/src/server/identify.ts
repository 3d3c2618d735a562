import { HandoffError } from '@agent-handoff/core';
import type { Caller } from './handler-options.ts';

/**
 * Who sent a request.
 *
 * @throws HandoffError `UNAUTHENTICATED` for nobody who is known.
 */
export async function identify<Who extends Caller>(
  authenticate: (request: Request) => Who | undefined | Promise<Who | undefined>,
  request: Request,
): Promise<Who> {
  const caller = await authenticate(request);
  if (typeof caller?.id === 'string' && caller.id !== '') return caller;
  throw new HandoffError('UNAUTHENTICATED', 'The caller is not known: authenticate first.');
}
