import type { HandoffStore } from '@agent-handoff/core';
import type { ModelEndpoint } from './models/model-endpoint.ts';
import type { Slots } from './models/slots.ts';
import type { Screen } from './screen.ts';

/** What every part of the tutorial has at hand. */
export interface Stage {
  readonly screen: Screen;
  readonly endpoint: ModelEndpoint;
  readonly slots: Slots;
  /** Drawn for this run; nothing but the first request of a task knows it. */
  readonly ticket: string;
  readonly store: HandoffStore;
}

/** The tutorial has found something to be other than it says. */
export class Disproved extends Error {}

/**
 * Goes on only where `holds` is true.
 *
 * @throws Disproved with `claim`.
 */
export function mustHold(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new Disproved(claim);
}
