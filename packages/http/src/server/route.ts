import type { Reply } from '../wire/reply.ts';
import type { Call, Serving } from './serving.ts';

/** Answers a request of a caller who is known; `id` is the one in the path, or empty. */
export type Answer = (serving: Serving, call: Call, id: string) => Promise<Reply>;

/** What an address takes, besides HEAD and OPTIONS. */
export type Answers = Partial<Readonly<Record<'GET' | 'POST' | 'DELETE', Answer>>>;

/** One address. */
export interface Route {
  /** Its first group is the id. */
  readonly pattern: RegExp;
  /** Its addresses with whatever stands in the place of an id, or with a slash too many. */
  readonly shape: RegExp;
  /** The `allow` header of the address. */
  readonly allow: string;
  readonly answers: Answers;
}

/** Routes from their paths, in which `:id` stands for an id. */
export function toRoutes(paths: Readonly<Record<string, Answers>>): readonly Route[] {
  return Object.entries(paths).map(([path, answers]) => ({
    // What can't be an id finds no route, and gets the same 404 as an id that isn't there.
    pattern: new RegExp(`^${path.replace(':id', '([A-Za-z0-9][A-Za-z0-9._:-]{0,127})')}$`),
    shape: new RegExp(`^${path.replace(':id', '[^/]*')}/?$`),
    allow: [
      ...Object.keys(answers).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
      'OPTIONS',
    ].join(', '),
    answers,
  }));
}
