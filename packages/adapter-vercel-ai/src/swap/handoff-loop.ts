import {
  type HandoffAgent,
  HandoffError,
  type HandoffInput,
  type Message,
} from '@agent-handoff/core';
import type { ModelMessage, StepResult, ToolSet } from 'ai';
import { repairModelMessages } from '../messages/repair-model-messages.ts';
import { approvalBy } from '../tools/approval.ts';
import { lastRequest, unknownAgent } from '../tools/handoff-tool.ts';
import { activeAgent, toldMessages } from './active-agent.ts';
import { type AgentTools, agentTools } from './agent-tools.ts';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';
import { decidedCalls } from './decided-calls.ts';
import { possibleChoice } from './possible-choice.ts';
import { Segment } from './segment.ts';
import type { StreamHandoffsOptions } from './stream-handoffs-options.ts';
import { watchStream } from './watch-stream.ts';
import { withOwnApproval } from './with-own-approval.ts';

type Step = StepResult<ToolSet>;
type Steps = { readonly steps: readonly Step[] };
type NextStep = Steps & { readonly messages: readonly ModelMessage[] };

/** Settings of `streamText`, as far as the loop has to do something about them. */
interface LoopCall extends StreamHandoffsOptions {
  readonly toolApproval?: unknown;
  readonly prepareStep?: (step: NextStep) => object | undefined | Promise<object | undefined>;
  readonly onFinish?: (event: Steps) => unknown;
  readonly onEnd?: (event: Steps) => unknown;
  readonly onAbort?: (event: unknown) => unknown;
  readonly experimental_transform?: unknown;
  readonly toolChoice?: unknown;
}

/** One response that several agents share: who has it now, and what the manager is told of it. */
export class HandoffLoop {
  readonly #call: LoopCall;
  readonly #agents: ReadonlyMap<string, AiSdkAgentDefinition>;
  /** Ends the response where its reader leaves, or the manager ends a handoff of it. */
  readonly #stop = new AbortController();
  /** What the caller's signal does. */
  readonly #leave = (): void => this.#abort(this.#call.abortSignal?.reason);
  readonly #tools: AgentTools;
  /** The conversation as the response begins with it. */
  readonly #sent: ModelMessage[];
  /** The calls that the user had decided about, with what came of them. */
  #decided: readonly Message[] = [];
  #current: Segment | undefined;
  #next: Segment | undefined;
  #begun: Promise<unknown> | undefined;
  /** All that were begun, also those that the manager has not accepted yet. */
  readonly #segments: Segment[] = [];
  /** What has been done so far. */
  #steps: readonly Step[] = [];
  /** The tools that the caller leaves to this step; undefined is all. */
  #active: readonly string[] | undefined;
  /** The first step that the next agent could have. */
  #firstUnused = 0;

  constructor(call: StreamHandoffsOptions) {
    this.#call = call;
    this.#agents = new Map(call.agents.map((agent) => [agent.id, agent]));
    for (const agent of call.agents) {
      const known = call.manager.agents.get(agent.id) as HandoffAgent | undefined;
      if (known === undefined) throw unknownAgent(call.manager, agent.id);
      if (known !== agent) {
        throw misuse(`The manager's agent "${agent.id}" is another one: pass the same to both.`);
      }
      if (agent.dataSchema) {
        throw misuse(
          `Agent "${agent.id}" gives structured answers, which a response has no room for.`,
        );
      }
    }
    this.#sent = repairModelMessages(toldMessages(call.messages));
    this.#tools = agentTools({
      ...call,
      isOffered: (name) => this.#offered().includes(name),
      source: () => this.#current?.agent.id ?? 'user',
      parent: () => this.#current?.context.handoffId,
      ready: () => (this.#current ? undefined : this.#ready()),
      transfer: (input, isApproved) => this.#transfer(input, isApproved),
    });
  }

  /** The settings for `streamText`. */
  settings(): object {
    const {
      manager: _,
      agents: __,
      entry: ___,
      approvedBy: ____,
      maxSteps = 20,
      ...call
    } = this.#call;
    const { stopWhen = [], abortSignal, toolApproval } = call;
    if (abortSignal?.aborted) this.#leave();
    else abortSignal?.addEventListener('abort', this.#leave, { once: true });
    // Version 7 prefers the new name of a callback to the old one, so each is wrapped where it is.
    const onEnd = call.onEnd ? 'onEnd' : 'onFinish';
    return {
      ...call,
      model: this.#first().settings.model,
      messages: this.#sent,
      tools: this.#tools.all,
      ...(toolApproval === undefined ? {} : { toolApproval: withOwnApproval(toolApproval) }),
      stopWhen: [stopWhen, ({ steps }: Steps) => steps.length >= maxSteps].flat(),
      abortSignal: this.#stop.signal,
      prepareStep: (step: NextStep) => this.#prepareStep(step),
      experimental_transform: watchStream(call.experimental_transform, (thrown) =>
        this.#fail(thrown),
      ),
      [onEnd]: (event: Steps) => {
        abortSignal?.removeEventListener('abort', this.#leave);
        this.#current?.end(event.steps, this.#next?.agent.id, this.#decided);
        // Accepted in the last step that there was: its agent had no turn.
        this.#next?.end(event.steps);
        return call[onEnd]?.(event);
      },
      onAbort: (event: unknown) => {
        this.#abort(undefined);
        return call.onAbort?.(event);
      },
    };
  }

  /** Who has the conversation when the response begins. */
  #first(): AiSdkAgentDefinition {
    const { agents, entry, messages } = this.#call;
    const first =
      activeAgent(messages, this.#agents) ??
      (entry === undefined ? agents[0] : this.#agents.get(entry));
    if (first === undefined) {
      throw misuse(
        `There is no agent ${entry === undefined ? '' : `"${entry}" `}to begin with; the response has ${[...this.#agents.keys()].join(', ') || 'none'}.`,
      );
    }
    return first;
  }

  async #prepareStep(step: NextStep): Promise<object> {
    this.#steps = step.steps;
    await this.#ready();
    if (step.steps.length === 0) {
      this.#decided = decidedCalls(step.messages, this.#sent.length);
    }
    if (this.#next) {
      this.#current?.end(step.steps, this.#next.agent.id, this.#decided);
      this.#decided = [];
      this.#current = this.#next;
      this.#next = undefined;
    }
    this.#firstUnused = step.steps.length + 1;
    const { model, instructions: own } = (this.#current as Segment).agent.settings;
    // Not left out: version 7 would go on with those of the agent before.
    const instructions = own || [];
    const prepared = await this.#call.prepareStep?.(step);
    this.#active = (prepared as { readonly activeTools?: readonly string[] })?.activeTools;
    const activeTools = this.#offered();
    return {
      ...prepared,
      ...possibleChoice({ ...this.#call, ...prepared }, activeTools),
      model,
      instructions,
      // Version 6 knows the instructions of a step by this name.
      system: instructions,
      activeTools,
    };
  }

  #offered(): string[] {
    if (this.#current === undefined) return [];
    const { agent, context } = this.#current;
    const offered = this.#tools.offered(agent, context.scope);
    const active = this.#active;
    return active === undefined ? offered : offered.filter((name) => active.includes(name));
  }

  /** Lets the first agent have the conversation. */
  #ready(): Promise<unknown> {
    this.#begun ??= this.#begin(this.#first(), {
      target: this.#first().id,
      task: lastRequest(this.#call.messages),
    }).then((segment) => {
      this.#current = segment;
    });
    return this.#begun;
  }

  async #transfer(input: HandoffInput<HandoffAgent>, isApproved: boolean) {
    // Tools are made for the agents of the response only.
    const agent = this.#agents.get(input.target) as AiSdkAgentDefinition;
    this.#next = await this.#begin(agent, input, isApproved);
    return this.#next.context;
  }

  async #begin(
    agent: AiSdkAgentDefinition,
    input: HandoffInput<HandoffAgent>,
    isApproved = false,
  ): Promise<Segment> {
    const { manager } = this.#call;
    const context = await manager.createHandoff(input);
    if (this.#stop.signal.aborted) {
      await manager.cancel(context.handoffId);
      throw this.#stop.signal.reason;
    }
    const segment = new Segment(manager, agent, context, this.#firstUnused, {
      approved: isApproved ? approvalBy(this.#call) : undefined,
      onStopped: (reason) => this.#abort(reason),
    });
    this.#segments.push(segment);
    await segment.accepted;
    return segment;
  }

  /** Ends the response and its handoffs, whatever it is doing. */
  #abort(reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#call.abortSignal?.removeEventListener('abort', this.#leave);
    const { message = 'The response was aborted.' } = (reason ?? {}) as { message?: string };
    // Of this name, whatever the reason: by any other error a stream breaks instead of ending.
    this.#stop.abort(new DOMException(message, 'AbortError'));
    for (const segment of this.#segments) segment.cancel();
  }

  #fail(thrown: unknown): void {
    this.#call.abortSignal?.removeEventListener('abort', this.#leave);
    for (const segment of this.#segments) segment.fail(thrown, this.#steps);
  }
}

const misuse = (message: string): HandoffError =>
  new HandoffError('INVALID_CONFIGURATION', message);
