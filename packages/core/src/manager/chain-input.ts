import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { OpenInput } from '../line/open-input.ts';
import type { IdSource } from '../runtime/id-source.ts';
import type { ExecuteOptions, HandoffInput, HandoffTarget } from './handoff-input.ts';
import { newIds, toOpenInput } from './to-open-input.ts';

/** What `chainHandoff` takes. The reasons of its steps follow from the agents' declared paths. */
export type ChainInput<Agent extends HandoffAgent> = Omit<
  HandoffInput<HandoffAgent, Agent['id']>,
  'target' | 'payload' | 'reason'
> & {
  /** In order; one at least. */
  readonly targets: readonly HandoffTarget<Agent>[];
};

/** One input for each step; only the first has the state, which the others take over from it. */
export async function toChain(
  { targets, ...shared }: ChainInput<HandoffAgent>,
  options: ExecuteOptions,
  ids: IdSource,
  name: string,
): Promise<readonly [OpenInput, ...OpenInput[]]> {
  if (!Array.isArray(targets) || targets.length === 0) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      'chainHandoff needs targets: pass a list with the ids of one agent or more.',
    );
  }
  const steps: OpenInput[] = [];
  const { state, keepMessages, findings, parent, source, ...everyStep } = shared;
  const firstOnly = { state, keepMessages, findings, parent, source };
  for (const [i, step] of targets.entries()) {
    const target = typeof step === 'string' ? { target: step } : step;
    const input = withoutUndefined({ ...everyStep, ...(i === 0 ? firstOnly : {}), ...target });
    const fresh = await newIds(ids, name, options, i);
    const { reason: _, ...open } = toOpenInput(
      input as HandoffInput<HandoffAgent>,
      options,
      steps[0] ? { ...fresh, taskId: steps[0].taskId } : fresh,
    );
    steps.push(open);
  }
  return steps as [OpenInput, ...OpenInput[]];
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
