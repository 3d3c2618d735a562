import type { TransferRequest } from '../agent/agent-report.ts';
import type { HandoffTool, HandoffToolResult } from '../agent/handoff-tool.ts';
import type { Json } from '../context/json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { inlineRun } from '../execution/in-process-engine.ts';
import { readStore } from './append-records.ts';
import type { Claim } from './claim.ts';
import { toDelegateAnswer } from './delegate-answer.ts';
import { derivedId } from './derived-id.ts';
import { endHandoff } from './end-handoff.ts';
import { handoffRun } from './handoff-run.ts';
import type { HandoffToolSpec } from './handoff-tool-spec.ts';
import type { Line } from './line.ts';
import type { Routes } from './open-input.ts';
import type { Delegation } from './outcome.ts';
import { type MoveInput, preflight } from './preflight.ts';
import { readToolInput, type ToolInput } from './read-tool-input.ts';
import type { Routed } from './to-outcome.ts';

/** Calls that are refused before an agent is stopped: a model that insists gets no further. */
const maxRefusals = 3;
/** Invalid payloads for one target: the first may be repaired. */
const maxInvalidPayloads = 2;

/** The handoff tools of one attempt, and what became of them. */
export interface BoundHandoffTools {
  readonly tools: readonly HandoffTool[];
  routed(): Routed;
  /** The attempt is over: nothing more is handed on, and work that is still being done for it is stopped. */
  end(why: () => HandoffError): void;
}

/** The declared paths of an agent as tools that act for this attempt of this handoff, and no other. */
export function bindHandoffTools(
  line: Line,
  claim: Claim,
  routes: Routes,
  canWait: boolean,
): BoundHandoffTools {
  const specs = line.toolSpecs.get(claim.context.targetAgentId) ?? [];
  const offered = specs.filter(
    ({ verb }) => routes === 'all' || (routes === 'delegate' && verb === 'delegate'),
  );
  if (offered.length === 0) return { tools: [], routed: () => ({ waitsFor: [] }), end: () => {} };
  return new Binding(line, claim, offered, canWait);
}

class Binding implements BoundHandoffTools {
  readonly tools: readonly HandoffTool[];
  readonly #line: Line;
  readonly #claim: Claim;
  readonly #canWait: boolean;
  readonly #waitsFor: Delegation[] = [];
  readonly #invalid = new Map<string, number>();
  #transfer: Routed['transfer'];
  #stopped: HandoffError | undefined;
  #refusals = 0;
  /** Why nothing more is handed on, once the attempt is over. */
  #over: (() => HandoffError) | undefined;
  /** What stops the work that was given out; made with the first of it. */
  #stop: AbortController | undefined;
  /** Transfers are decided one after the other, in the order of their calls: the first one wins. */
  #deciding: Promise<unknown> = Promise.resolve();

  constructor(line: Line, claim: Claim, specs: readonly HandoffToolSpec[], canWait: boolean) {
    this.#line = line;
    this.#claim = claim;
    this.#canWait = canWait;
    this.tools = specs.map((spec) => ({
      name: spec.name,
      description: spec.description,
      inputSchema: spec.inputSchema,
      execute: (input, call) => this.#execute(spec, input, call),
    }));
  }

  routed(): Routed {
    return {
      waitsFor: this.#waitsFor,
      ...(this.#transfer === undefined ? {} : { transfer: this.#transfer }),
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
    };
  }

  end(why: () => HandoffError): void {
    this.#over = why;
    this.#stop?.abort(why());
  }

  async #execute(
    spec: HandoffToolSpec,
    input: Json,
    call: Parameters<HandoffTool['execute']>[1],
  ): Promise<HandoffToolResult> {
    if (this.#over) throw this.#over();
    if (this.#stopped) return noFurther(this.#stopped);
    try {
      const asked = readToolInput(spec, input);
      if (spec.verb === 'delegate') return await this.#delegate(spec, asked, call);
      const decided = this.#deciding.then(() => this.#move(spec, asked, call.toolCallId));
      this.#deciding = decided.catch(() => {});
      return await decided;
    } catch (thrown) {
      return this.#refused(spec, HandoffError.from(thrown));
    }
  }

  /** Accepts a transfer or an escalation: whoever follows the conversation opens it when the turn is over. */
  async #move(
    spec: HandoffToolSpec,
    asked: ToolInput,
    toolCallId: string,
  ): Promise<HandoffToolResult> {
    const { target, reason, verb } = spec;
    this.#refuseAfterTransfer(target);
    await preflight(this.#line, this.#claim, this.#toOpen(spec, asked, ''));
    if (this.#waitsFor.length > 0) {
      throw new HandoffError(
        'PATH_DENIED',
        `Not accepted: the work that you gave out waits for a person's decision. Hand on to ${target} when you have its answer.`,
      );
    }
    const request: TransferRequest = { target, reason, toolCallId, ...asked };
    const done = verb === 'transfer' ? 'transferred' : 'escalated';
    const answer = `The conversation was ${done} to ${target}.`;
    this.#transfer = { request, answer };
    return { output: answer, endsTurn: true };
  }

  async #delegate(
    spec: HandoffToolSpec,
    asked: ToolInput,
    { toolCallId, signal }: Parameters<HandoffTool['execute']>[1],
  ): Promise<HandoffToolResult> {
    this.#refuseAfterTransfer(spec.target);
    this.#stop ??= new AbortController();
    const whileAsked = AbortSignal.any([signal, this.#stop.signal]);
    const { handoffId: parentId } = this.#claim.context;
    // The same call of the same attempt is the same work, though a framework may run it again.
    const handoffId = await derivedId(parentId, spec.name, toolCallId, JSON.stringify(asked));
    const open = this.#toOpen(spec, asked, handoffId);
    const result = await handoffRun(this.#line, inlineRun(handoffId, whileAsked), open);
    if (result.status === 'awaiting-approval') {
      return await this.#wait({ handoffId, toolCallId }, spec);
    }
    const { output, isError } = toDelegateAnswer(result);
    if (!isError) return { output };
    if (result.status === 'rejected') throw HandoffError.fromJSON(result.error);
    throw new HandoffError('AGENT_FAILED', String(output));
  }

  async #wait(delegation: Delegation, { target }: HandoffToolSpec): Promise<HandoffToolResult> {
    if (this.#over) await this.#endWaiting(delegation, this.#over());
    if (this.#transfer) await this.#endWaiting(delegation, goesOn(delegation, this.#transfer));
    if (!this.#canWait) {
      return {
        output: `AWAITING_APPROVAL: the work for ${target} waits for a person's decision. Carry on without its answer.`,
      };
    }
    this.#waitsFor.push(delegation);
    return {
      output: `The work for ${target} waits for a person's decision.`,
      endsTurn: true,
    };
  }

  /** Nobody would get the answer. */
  async #endWaiting({ handoffId }: Delegation, error: HandoffError): Promise<never> {
    const { taskId } = this.#claim.context;
    const log = await readStore(() => this.#line.store.readTask(taskId), `read task "${taskId}"`);
    await endHandoff(this.#line, log, handoffId, error);
    throw error;
  }

  #refuseAfterTransfer(target: string): void {
    if (!this.#transfer) return;
    throw new HandoffError(
      'PATH_DENIED',
      `Not accepted: the conversation goes to ${this.#transfer.request.target} already, so nothing is handed to ${target}.`,
    );
  }

  /** What the model is told of a refusal; one that goes on and on is stopped. */
  #refused(spec: HandoffToolSpec, error: HandoffError): HandoffToolResult {
    const { code, message } = error;
    const stop = (why: string): HandoffToolResult => {
      this.#stopped ??= new HandoffError('INVALID_OUTPUT', why, {
        details: { tool: spec.name, cause: code },
      });
      return noFurther(error);
    };
    if (this.#transfer) throw error;
    const agent = this.#claim.context.targetAgentId;
    if (code === 'INVALID_PAYLOAD') {
      const times = (this.#invalid.get(spec.name) ?? 0) + 1;
      this.#invalid.set(spec.name, times);
      if (times < maxInvalidPayloads) throw error;
      return stop(`Agent "${agent}" called ${spec.name} twice with invalid input: ${message}`);
    }
    if (code === 'AGENT_FAILED' || ++this.#refusals <= maxRefusals) throw error;
    return stop(`Agent "${agent}" kept asking for handoffs that are refused, at last: ${message}`);
  }

  #toOpen(
    { target, reason }: HandoffToolSpec,
    { task, instructions, payload }: ToolInput,
    handoffId: string,
  ): MoveInput {
    const { context, accepted } = this.#claim;
    return {
      handoffId,
      taskId: context.taskId,
      source: context.targetAgentId,
      target,
      reason,
      parentIds: [context.handoffId],
      content: {
        originalTask: task ?? context.originalTask,
        // Work that is given out is described by its task; the conversation stays here.
        keyMessages: [],
        ...(instructions === undefined ? {} : { instructions }),
        ...(payload === undefined ? {} : { payload }),
      },
      whole: false,
      accept: true,
      origin: accepted.origin,
    };
  }
}

function noFurther({ message }: HandoffError): HandoffToolResult {
  return { output: `${message} No further handoff is possible.`, endsTurn: true };
}

function goesOn(
  { handoffId }: Delegation,
  { request }: NonNullable<Routed['transfer']>,
): HandoffError {
  return new HandoffError(
    'CANCELLED',
    `The work was to wait for a person's decision, and the conversation goes to ${request.target} already: it was cancelled.`,
    { details: { handoffId } },
  );
}
