import { HttpProblem } from '../wire/problem.ts';
import { derivedId } from './derived-id.ts';

/** Whose conversation it is. */
export interface ThreadOwner {
  /** The manager's, so that two on one store stay apart. */
  readonly managerName: string;
  readonly principal: string;
}

/**
 * The id under which a caller's conversation is stored: each caller has ids of their own, so that nobody
 * continues, or finds, a stranger's.
 *
 * @throws HttpProblem 400 for what is no id.
 */
export async function storedThreadId(
  { managerName, principal }: ThreadOwner,
  threadId: string,
): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,94}$/.test(threadId)) {
    throw new HttpProblem(
      400,
      'threadId is no id: give letters, digits and . _ : -, at most 95 characters.',
    );
  }
  return `${await derivedId('thread', managerName, principal)}.${threadId}`;
}

/** The id that the caller gave a conversation. */
export function callersThreadId(stored: string): string {
  return stored.replace(/^[0-9a-f]{32}\./, '');
}
