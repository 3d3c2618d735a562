import { HandoffError } from '@agent-handoff/core';
import type { Caller } from './handler-options.ts';
import type { ServedRequest } from './served-request.ts';
import type { ServingOptions } from './serving.ts';

/**
 * Who sent a request.
 *
 * @throws HandoffError `UNAUTHENTICATED` for nobody who is known.
 */
export async function identify(
  authenticate: ServingOptions['authenticate'],
  { native }: ServedRequest,
): Promise<Caller> {
  const caller = await authenticate(native);
  if (typeof caller?.id === 'string' && caller.id !== '') return caller;
  throw new HandoffError('UNAUTHENTICATED', 'The caller is not known: authenticate first.');
}
