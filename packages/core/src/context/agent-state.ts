import { checkFields } from '../errors/check-options.ts';
import type { JsonObject } from './json.ts';
import type { Message } from './message.ts';

/** What an agent knows of its own run so far: the source of a handoff's summary and snapshot. */
export interface AgentState {
  readonly agentId: string;
  readonly messages: readonly Message[];
  /** Names of the tools it called, oldest first. */
  readonly toolHistory: readonly string[];
  /** What went wrong, oldest first. */
  readonly errors: readonly string[];
  /** Turns taken, from 0. */
  readonly iteration: number;
  /** From 0 (none) to 1. */
  readonly confidence: number;
}

const stateFields = {
  agentId: true,
  messages: true,
  toolHistory: true,
  errors: true,
  iteration: true,
  confidence: true,
} satisfies Record<keyof AgentState, true>;

/**
 * A state with everything but `agentId` defaulted: no messages, tools or errors, iteration 0, confidence 0.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a field that states don't have.
 */
export function createAgentState(
  state: Pick<AgentState, 'agentId'> & Partial<AgentState>,
): AgentState {
  checkFields('An AgentState', state, stateFields);
  return { messages: [], toolHistory: [], errors: [], iteration: 0, confidence: 0, ...state };
}

/** The same state with one message more. */
export function withMessage(state: AgentState, added: Message): AgentState {
  return { ...state, messages: [...state.messages, added] };
}

/** The part of a state that travels: an allow-list of the iteration, the last 5 tools and the last 3 errors. */
export function snapshotState(state: AgentState): JsonObject {
  return {
    errors: state.errors.slice(-3),
    iteration: state.iteration,
    toolHistory: state.toolHistory.slice(-5),
  };
}
