import { canonicalJson } from '../context/canonical-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { Line } from '../line/line.ts';
import type { RunSpec } from '../line/open-input.ts';
import { plainRun } from '../line/plain-run.ts';
import { readBody } from '../line/stored-bodies.ts';
import { logOf } from './task-log.ts';

/**
 * Whether a run of several handoffs was begun before, under the same idempotency key.
 *
 * @throws HandoffError `INVALID_CONTEXT` where something else was.
 */
export async function isKnownRun(line: Line, spec: RunSpec): Promise<boolean> {
  const { root } = spec;
  const record = (await logOf(line, root)).find(({ handoffId }) => handoffId === root);
  if (!record) return false;
  const known =
    record.runDigest === undefined ? undefined : await readBody(line, record, record.runDigest);
  const asked = canonicalJson(plainRun(line, spec));
  if (known !== undefined && canonicalJson(known as never) === asked) return true;
  throw new HandoffError(
    'INVALID_CONTEXT',
    `"${root}" was begun with another input: use another idempotency key for other work.`,
    { details: { handoffId: root } },
  );
}
