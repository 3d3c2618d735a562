import type { HandoffResult } from '@agent-handoff/core';
import type { ModelAnswer, Usage } from '@agent-handoff/core/adapter';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { ParentCommand } from './parent-command.ts';
import { isBubbleUp } from './to-handoff-error.ts';

/** Where LangChain carries what a handoff of this package is made in; two underscores keep it out of traces. */
const placeKey = '__agent_handoff_interrupt';

/** How the report of a run begins that an interrupt paused. */
const mark = 'Interrupted: ';

/** Where a target leaves the interrupt that paused it, or the Command by which it left, for the run that the handoff is made in. */
export interface InterruptPlace {
  interrupt?: Error;
  left?: ParentCommand;
}

/** The place for a target that runs here. */
export const placeIn = (ambient: RunnableConfig | undefined): InterruptPlace | undefined =>
  ambient?.configurable?.[placeKey];

/** The config with a place in it for the interrupts of targets. */
export function withPlace(config: RunnableConfig, place: InterruptPlace): RunnableConfig {
  return { ...config, configurable: { ...config.configurable, [placeKey]: place } };
}

/**
 * The answer of a run that an interrupt paused: it waits, and what is asked is its output. Undefined for
 * anything else that was thrown, and where nobody takes the interrupt.
 */
export function toPaused(
  thrown: unknown,
  ambient: RunnableConfig | undefined,
  usage: Usage,
): ModelAnswer | undefined {
  const { interrupts } = (thrown ?? {}) as { readonly interrupts?: readonly { value?: unknown }[] };
  const place = placeIn(ambient);
  if (place === undefined || !isBubbleUp(thrown) || !Array.isArray(interrupts)) return undefined;
  place.interrupt = thrown as Error;
  return { status: 'awaiting-approval', output: mark + toAsked(interrupts), messages: [], usage };
}

/** What interrupts ask, as a text. */
export const toAsked = (interrupts: readonly { value?: unknown }[]): string =>
  JSON.stringify(interrupts.map(({ value }) => value));

/** Whether the target itself waits, because of an interrupt: neither for a policy nor for work that it gave out. */
export function isPaused({ status, error }: HandoffResult): boolean {
  const { output, handoffId, waitsFor } = error?.details ?? {};
  return (
    status === 'awaiting-approval' &&
    handoffId === undefined &&
    waitsFor === undefined &&
    typeof output === 'string' &&
    output.startsWith(mark)
  );
}
