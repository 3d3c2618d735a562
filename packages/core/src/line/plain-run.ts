import type { Json } from '../context/json.ts';
import { plainCopy } from '../context/plain-json.ts';
import type { Line } from './line.ts';
import type { RunSpec } from './open-input.ts';

/**
 * A run as it is recorded: redacted, plain JSON. It has the content of several handoffs, each of which is
 * measured when it is opened, so it is measured by its depth alone.
 */
export function plainRun({ redact }: Pick<Line, 'redact'>, run: RunSpec): Json {
  return plainCopy(run, {
    redact,
    path: 'run',
    maxDepth: 40,
    maxNodes: Number.POSITIVE_INFINITY,
    maxCharacters: Number.POSITIVE_INFINITY,
  });
}
