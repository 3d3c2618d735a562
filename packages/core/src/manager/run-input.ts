import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { checkFields } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { RouteRunInput } from '../patterns/route-run.ts';
import type { IdSource } from '../runtime/id-source.ts';
import type { HandoffInput, RunOptions } from './handoff-input.ts';
import { checkThreadId } from './thread.ts';
import { fromContext, isContext, newIds, toOpenInput } from './to-open-input.ts';

/** What `run` takes. */
export type RunInput<
  Agent extends HandoffAgent,
  Source extends string = string,
> = Agent extends unknown
  ? Omit<HandoffInput<Agent, Source>, 'target' | 'task' | 'reason'> & {
      /** Who gets the conversation first; on a thread that exists, whoever is active does. */
      readonly entry: Agent['id'];
      /** What the user says. */
      readonly input: string;
      /** The conversation that this is a turn of; absent for one that is over with its answer. */
      readonly threadId?: string;
      /** Who has the next turn: whoever answered this one (`stay`, the default), or whoever had it first. */
      readonly afterTurn?: 'stay' | 'return';
    }
  : never;

const runFields = {
  deadlineAt: true,
  entry: true,
  afterTurn: true,
  findings: true,
  input: true,
  instructions: true,
  keepMessages: true,
  metadata: true,
  parent: true,
  payload: true,
  scope: true,
  source: true,
  state: true,
  threadId: true,
  traceparent: true,
} satisfies Record<keyof RunInput<HandoffAgent>, true>;

/** The input of `run` as an engine takes it; a context is its own entry. */
export async function toRouteRun(
  given: RunInput<HandoffAgent> | HandoffContext,
  options: RunOptions,
  ids: IdSource,
  name: string,
): Promise<RouteRunInput> {
  if (isContext(given)) return { entry: fromContext(given, options), afterTurn: 'stay' };
  checkFields('run', given, runFields);
  const { entry, input, threadId, afterTurn = 'stay', ...others } = given;
  if (threadId !== undefined) checkThreadId(threadId);
  if (afterTurn !== 'stay' && afterTurn !== 'return') {
    throw misuse(`afterTurn is ${JSON.stringify(afterTurn)}: give 'stay' or 'return'.`);
  }
  const open = toOpenInput(
    { ...others, target: entry, task: input } as HandoffInput<HandoffAgent>,
    options,
    await newIds(ids, name, options),
  );
  return { entry: open, afterTurn, ...(threadId === undefined ? {} : { threadId }) };
}

function misuse(message: string): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', message);
}
