import type { HandoffAgent, JsonObject } from '@agent-handoff/core';

/** What the model behind an agent is asked in one call. */
export interface ModelTurn {
  /** All text that it is shown: system prompt, messages, tool results. */
  readonly text: string;
  /** The tools that it is offered. */
  readonly toolNames: readonly string[];
}

/** What the model does: it says a text, or it calls one tool. */
export type ModelMove =
  | string
  | { readonly toolName: string; readonly input: JsonObject; readonly toolCallId: string };

/** The model behind an agent, as a function. It may throw, and may never settle. */
export type ModelDouble = (turn: ModelTurn) => ModelMove | Promise<ModelMove>;

/** Makes an agent of the kind under test on top of this model, with the id `subject`. */
export type MakeAgent = (model: ModelDouble) => HandoffAgent | Promise<HandoffAgent>;

/** What an agent of this kind can do; what it can't is not tested. */
export interface AgentAbilities {
  /** Calls the handoff tools that it is given; default true. */
  readonly tools?: boolean;
  /** Passes on deltas as its model writes them; default true. */
  readonly streaming?: boolean;
  /** Its model is shown the prompt of the context as `toPrompt` writes it; default true. */
  readonly prompt?: boolean;
}

/** How a suite gets at agents. */
export interface AgentSubject extends AgentAbilities {
  readonly make: MakeAgent;
}
