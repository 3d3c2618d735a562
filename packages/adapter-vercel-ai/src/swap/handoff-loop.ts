import {
  type HandoffAgent,
  HandoffError,
  type HandoffInput,
  type HandoffManager,
  messageText,
} from '@agent-handoff/core';
import type { ModelMessage, StepResult, ToolSet } from 'ai';
import { toHandoffError } from '../loop/to-handoff-error.ts';
import { fromModelMessages } from '../messages/from-model-messages.ts';
import { repairModelMessages } from '../messages/repair-model-messages.ts';
import { activeAgent, toldMessages } from './active-agent.ts';
import { type AgentTools, agentTools } from './agent-tools.ts';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';
import { Segment } from './segment.ts';

type Step = StepResult<ToolSet>;
type Callback = ((event: never) => unknown) | undefined;
type Steps = { readonly steps: readonly Step[] };

/** Settings of `streamText` and of the loop, as far as they are read here. */
export interface LoopCall {
  readonly manager: HandoffManager;
  readonly agents: readonly AiSdkAgentDefinition[];
  readonly entry?: string;
  readonly messages: ModelMessage[];
  readonly tools?: ToolSet;
  readonly stopWhen?: unknown;
  readonly maxSteps?: number;
  readonly abortSignal?: AbortSignal;
  readonly prepareStep?: (step: never) => unknown;
  readonly onFinish?: Callback;
  readonly onEnd?: Callback;
  readonly onAbort?: Callback;
  readonly onError?: Callback;
}

/** One response that several agents share: who has it now, and what the manager is told of it. */
export class HandoffLoop {
  readonly #call: LoopCall;
  readonly #agents: ReadonlyMap<string, AiSdkAgentDefinition>;
  /** Ends the response where the manager ends a handoff of it. */
  readonly #stop = new AbortController();
  readonly #tools: AgentTools;
  #current: Segment | undefined;
  #next: Segment | undefined;
  #stepCount = 0;

  constructor(call: LoopCall) {
    this.#call = call;
    this.#agents = new Map(call.agents.map((agent) => [agent.id, agent]));
    for (const agent of call.agents) {
      if ((call.manager.agents.get(agent.id) as HandoffAgent | undefined) !== agent) {
        throw misuse(`The manager's agent "${agent.id}" is another one: pass the same to both.`);
      }
      if (agent.dataSchema) {
        throw misuse(
          `Agent "${agent.id}" gives structured answers, which a response has no room for.`,
        );
      }
    }
    this.#tools = agentTools({
      ...call,
      isOffered: (name) => this.#offered().includes(name),
      source: () => this.#current?.agent.id ?? 'user',
      parent: () => this.#current?.context.handoffId,
      transfer: (input) => this.#transfer(input),
    });
  }

  /** The settings for `streamText`. */
  settings(): object {
    const { manager: _, agents: __, entry: ___, maxSteps = 20, ...call } = this.#call;
    const stopWhen = call.stopWhen === undefined ? [] : [call.stopWhen].flat();
    const signals = [this.#stop.signal, ...(call.abortSignal ? [call.abortSignal] : [])];
    // Version 7 prefers the new name of a callback to the old one, so each is wrapped where it is.
    const onEnd = call.onEnd ? 'onEnd' : 'onFinish';
    return {
      ...call,
      model: this.#first().settings.model,
      messages: repairModelMessages(toldMessages(call.messages)),
      tools: this.#tools.all,
      stopWhen: [...stopWhen, ({ steps }: Steps) => steps.length >= maxSteps],
      abortSignal: AbortSignal.any(signals),
      prepareStep: (step: Steps) => this.#prepareStep(step),
      [onEnd]: (event: Steps) => {
        this.#current?.end(event.steps, this.#next?.agent.id);
        // Accepted in the last step that there was: its agent had no turn.
        this.#next?.end(event.steps);
        return call[onEnd]?.(event as never);
      },
      onAbort: (event: unknown) => {
        this.#fail(new HandoffError('CANCELLED', 'The response was aborted.'));
        return call.onAbort?.(event as never);
      },
      onError: (event: { readonly error: unknown }) => {
        const agentId = this.#current?.agent.id ?? this.#first().id;
        this.#fail(toHandoffError(event.error, { agentId }));
        return call.onError ? call.onError(event as never) : console.error(event.error);
      },
    };
  }

  /** Who has the conversation when the response begins. */
  #first(): AiSdkAgentDefinition {
    const { agents, entry, messages } = this.#call;
    const id = activeAgent(messages);
    const active = id === undefined ? undefined : this.#agents.get(id);
    const first = active ?? (entry === undefined ? agents[0] : this.#agents.get(entry));
    if (first === undefined)
      throw misuse('There is no agent to begin with: check entry and agents.');
    return first;
  }

  async #prepareStep(step: Steps): Promise<object> {
    this.#stepCount = step.steps.length;
    this.#current ??= await this.#begin(this.#first(), {
      target: this.#first().id,
      task: this.#task(),
    });
    if (this.#next) {
      this.#current.end(step.steps, this.#next.agent.id);
      this.#current = this.#next;
      this.#next = undefined;
    }
    const { settings } = this.#current.agent;
    const own = (await this.#call.prepareStep?.(step as never)) as object | undefined;
    const { model, instructions = '' } = settings;
    // Version 6 knows the instructions of a step as `system`.
    return {
      ...own,
      model,
      instructions,
      system: instructions,
      activeTools: this.#offered(),
    };
  }

  #offered(): string[] {
    if (this.#current === undefined) return [];
    return this.#tools.offered(this.#current.agent, this.#current.context.scope);
  }

  async #transfer(input: HandoffInput<HandoffAgent>) {
    const agent = this.#agents.get(input.target);
    if (agent === undefined) throw misuse(`Agent "${input.target}" is not among the response's.`);
    this.#next = await this.#begin(agent, input);
    return this.#next.context;
  }

  async #begin(agent: AiSdkAgentDefinition, input: HandoffInput<HandoffAgent>): Promise<Segment> {
    const { manager } = this.#call;
    const context = await manager.createHandoff(input);
    const from = this.#current === undefined ? 0 : this.#stepCount + 1;
    return Segment.begin(manager, agent, context, from, (reason) => this.#stop.abort(reason));
  }

  /** What the user asked last: the task of the response. */
  #task(): string {
    const last = fromModelMessages(this.#call.messages).findLast(({ role }) => role === 'user');
    return (last && messageText(last)) || 'Go on with the conversation.';
  }

  #fail(error: HandoffError): void {
    this.#current?.fail(error);
    this.#next?.fail(error);
  }
}

const misuse = (message: string): HandoffError =>
  new HandoffError('INVALID_CONFIGURATION', message);
