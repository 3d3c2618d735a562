import type { Call, Serving } from './serving.ts';

/** Answers a request of a caller who is known; `handoffId` is the one in the path, or empty. */
export type Answer = (serving: Serving, call: Call, handoffId: string) => Promise<Response>;

/** One address and the one method that it takes, besides HEAD and OPTIONS. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Its first group is the handoff's id. */
  readonly pattern: RegExp;
  /** The `allow` header of the address. */
  readonly allow: string;
  readonly answer: Answer;
}

/** Routes from their paths, in which `:id` stands for the id of a handoff. */
export function toRoutes(
  list: readonly (readonly [method: Route['method'], path: string, answer: Answer])[],
): readonly Route[] {
  return list.map(([method, path, answer]) => ({
    method,
    // What can't be an id finds no route, and gets the same 404 as an id that isn't there.
    pattern: new RegExp(`^${path.replace(':id', '([A-Za-z0-9][A-Za-z0-9._:-]{0,127})')}$`),
    allow: method === 'GET' ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS',
    answer,
  }));
}
