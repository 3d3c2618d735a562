import type { JsonObject } from '../context/json.ts';
import { checkFields } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { loadParent, type ParentHandoff, previousHolder } from '../line/parent-handoff.ts';
import { checkCall } from './check-call.ts';
import type { ParentHandoffId, RunOptions } from './handoff-input.ts';
import { logOf, notFound } from './task-log.ts';
import { newIds, parentId, toOpenInput } from './to-open-input.ts';

/** What `returnHandoff` takes. */
export interface ReturnInput {
  /** The handoff whose answer goes back, or its id. */
  readonly result: ParentHandoffId;
  /** Default: the task that it answers. */
  readonly task?: string;
  /** Added to what the handoff found. */
  readonly findings?: JsonObject;
  readonly instructions?: string;
}

const returnFields = {
  result: true,
  task: true,
  findings: true,
  instructions: true,
} satisfies Record<keyof ReturnInput, true>;

/**
 * The handoff that gives work back to whoever handed it on.
 *
 * @throws HandoffError `HANDOFF_NOT_FOUND`; `PATH_DENIED` where nobody but `user` handed it on.
 */
export async function toReturn(
  line: Line,
  input: ReturnInput,
  options: RunOptions,
  name: string,
): Promise<OpenInput> {
  checkCall('returnHandoff', options);
  checkFields('returnHandoff', input, returnFields);
  const { result, task, findings, instructions } = input;
  const id = parentId(result);
  const log = await logOf(line, id);
  if (log.length === 0) throw notFound('handoff', { handoffId: id });
  const ids = await newIds(line.ids, name, options);
  const open = toOpenInput(
    {
      target: '',
      task: task ?? '',
      reason: 'completion',
      parent: id,
      ...(findings === undefined ? {} : { findings }),
      ...(instructions === undefined ? {} : { instructions }),
    },
    options,
    ids,
  );
  const parent = (await loadParent(line, open, log)) as ParentHandoff;
  const target = previousHolder(parent);
  if (target === undefined) {
    throw new HandoffError(
      'PATH_DENIED',
      `The handoff "${id}" came from nobody that work can go back to: return it to your caller, or hand it to an agent.`,
      { details: { handoffId: id } },
    );
  }
  const originalTask = task ?? parent.stored.context.originalTask;
  return { ...open, target, content: { ...open.content, originalTask } };
}
