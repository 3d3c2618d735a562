import type { WireObject } from '../wire/is-record.ts';
import type { RequestProblem } from '../wire/request-problem.ts';
import type { WireApiName } from './wire-api.ts';

/** One request that reached the server with a JSON object. */
export interface ReceivedRequest {
  /** The protocol that it spoke. */
  readonly api: WireApiName;
  /** The whole body, as it came over the wire. */
  readonly body: WireObject;
  /** Why it was answered with HTTP 400; empty where it was served. */
  readonly problems: readonly RequestProblem[];
}
