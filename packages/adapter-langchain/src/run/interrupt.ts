import type { HandoffManager, HandoffResult } from '@agent-handoff/core';
import type { ModelAnswer, Usage } from '@agent-handoff/core/adapter';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { ParentCommand } from './parent-command.ts';
import type { CheckpointPlace } from './run-config.ts';
import { isBubbleUp } from './to-handoff-error.ts';

/** Where LangChain carries what a handoff of this package is made in; two underscores keep it out of traces. */
const placeKey = '__agent_handoff_interrupt';

/** How the report of a run begins that an interrupt paused. */
const mark = 'Interrupted: ';

/** What LangGraph throws where something is asked. */
interface Interrupt extends Error {
  interrupts: readonly { readonly value?: unknown }[];
}

/** Where targets leave the interrupts that paused them, as one, or the Command by which it left, for the run that the handoff is made in. */
export interface InterruptPlace {
  /** What LangGraph knows of the node or the tool that the handoff is made in. */
  readonly around: CheckpointPlace;
  interrupt?: Interrupt;
  /** Of the handoff of this id: what others leave by in it is not its own. */
  left?: { readonly handoffId: string; readonly by: ParentCommand };
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
  const place = placeIn(ambient);
  if (place === undefined || !isInterrupt(thrown)) return undefined;
  const { interrupts } = thrown;
  if (place.interrupt === undefined) place.interrupt = thrown;
  else place.interrupt.interrupts = [...place.interrupt.interrupts, ...interrupts];
  return { status: 'awaiting-approval', output: mark + toAsked(interrupts), messages: [], usage };
}

const isInterrupt = (thrown: unknown): thrown is Interrupt =>
  isBubbleUp(thrown) && Array.isArray((thrown as Partial<Interrupt>).interrupts);

/** What interrupts ask, as a text. */
export const toAsked = (interrupts: readonly { value?: unknown }[]): string =>
  JSON.stringify(interrupts.map(({ value }) => value));

/**
 * The handoffs that an interrupt paused: this one, or those that its target gave out and waits for; none
 * that wait for a policy.
 */
export async function pausedIn(manager: HandoffManager, result: HandoffResult): Promise<string[]> {
  if (result.status !== 'awaiting-approval') return [];
  const { output, handoffId, waitsFor } = result.error.details;
  if (Array.isArray(waitsFor)) {
    const entries = await Promise.all(waitsFor.map((each) => manager.get(String(each))));
    const open = entries.flatMap((entry) => entry?.result ?? []);
    return (await Promise.all(open.map((each) => pausedIn(manager, each)))).flat();
  }
  const isPaused = handoffId === undefined && typeof output === 'string' && output.startsWith(mark);
  return isPaused ? [result.handoffId] : [];
}
