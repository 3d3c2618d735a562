import {
  type AgentReport,
  createHandoffAgent,
  type HandoffAgent,
  type HandoffContext,
  HandoffError,
  type ReceiveOptions,
  systemClock,
} from '@agent-handoff/core';
import { ConnectionLost } from './connection-lost.ts';
import { endThere } from './end-there.ts';
import type { RemoteAgentOptions } from './remote-agent-options.ts';
import type { Remote } from './remote-request.ts';
import { RemoteRun, type RemoteRunInput } from './remote-run.ts';
import { toReport } from './to-report.ts';

/** Milliseconds in which a cancellation has to reach the other side. */
const cancelTimeoutMs = 15_000;
/** Milliseconds in which a decision has to reach it, for somebody who waits. */
const decisionTimeoutMs = 30_000;

/** An agent behind `url`, called through `send`. */
export function remoteAgent(
  options: RemoteAgentOptions,
  url: string,
  send: typeof fetch,
): HandoffAgent {
  const { clock = systemClock, headers = {}, dataSchema, origin = 'unverified' } = options;
  const timeoutMs = positive('timeoutMs', options.timeoutMs ?? 300_000);
  const silenceTimeoutMs = positive('silenceTimeoutMs', options.silenceTimeoutMs ?? 45_000);
  const maxEventBytes = positive('maxEventBytes', options.maxEventBytes ?? 4_194_304);
  const answerTimeoutMs = positive('answerTimeoutMs', options.answerTimeoutMs ?? 10_000);
  const maxRetries = positive('maxRetries', options.maxRetries ?? 3, 0);
  const { withModel: _, ...declared }: HandoffAgent = createHandoffAgent(declarations(options));
  const { id } = declared;
  const agentId = options.agentId ?? id;
  const remote: Remote = { id, url, fetch: send, headers, answerTimeoutMs, clock };

  const runOf = (context: HandoffContext, input: PerCall): RemoteRun =>
    new RemoteRun({
      remote,
      body: JSON.stringify({ ...context, targetAgentId: agentId }),
      idempotencyKey: context.handoffId,
      traceparent: context.traceparent,
      silenceTimeoutMs,
      maxRetries,
      maxEventBytes,
      ...input,
    });

  const receive = async (
    context: HandoffContext,
    { signal: given, onEvent, approval, deadlineAt }: ReceiveOptions,
  ): Promise<AgentReport> => {
    given?.throwIfAborted();
    const leftMs = deadlineAt === undefined ? timeoutMs : Date.parse(deadlineAt) - clock.now();
    const ownMs = Math.max(1, Math.min(timeoutMs, leftMs));
    const controller = new AbortController();
    const abort = (): void => controller.abort(given?.reason);
    given?.addEventListener('abort', abort);
    const disarm = clock.schedule(ownMs, () => controller.abort(expired(id, ownMs)));
    const { signal } = controller;
    const decision = approval === undefined ? undefined : ({ type: 'approve' } as const);
    const call = { timeoutMs: ownMs, decision, onlyIfKnown: false, onEvent, signal };
    const run = runOf(context, call);
    try {
      const result = await run.follow();
      return await toReport({ id, dataSchema, origin }, context, result);
    } catch (thrown) {
      // Whatever it was, nobody waits here any more for an answer that is still to come.
      if (signal.aborted || thrown instanceof ConnectionLost) giveUp(run, clock);
      throw thrown instanceof ConnectionLost ? unreachable(id, thrown) : thrown;
    } finally {
      disarm();
      given?.removeEventListener('abort', abort);
    }
  };

  const endHandoff: HandoffAgent['endHandoff'] = async (context, ending) => {
    const controller = new AbortController();
    const { signal } = controller;
    const late = (): void => controller.abort(expired(id, decisionTimeoutMs));
    const disarm = clock.schedule(decisionTimeoutMs, late);
    const call = { timeoutMs, onlyIfKnown: true, onEvent: undefined, signal };
    const decision = ending.type === 'cancel' ? undefined : ending;
    const run = runOf(context, { ...call, decision });
    try {
      await endThere(id, ending, run, signal);
    } finally {
      disarm();
    }
  };

  return Object.freeze({
    ...declared,
    receiveHandoff: (context: HandoffContext, receiveOptions: ReceiveOptions = {}) =>
      receive(context, receiveOptions),
    endHandoff,
  });
}

/** What differs from call to call. */
type PerCall = Pick<
  RemoteRunInput,
  'timeoutMs' | 'decision' | 'onlyIfKnown' | 'onEvent' | 'signal'
>;

/** The same handoff is one on the other side, however often it is sent: so it may be repeated. */
function declarations(options: RemoteAgentOptions): Parameters<typeof createHandoffAgent>[0] {
  const { id, name, description, scope, payloadSchema, dataSchema } = options;
  const { canTransferTo, canDelegateTo, canEscalateTo } = options;
  const given = { name, description, scope, payloadSchema, dataSchema };
  const lists = { canTransferTo, canDelegateTo, canEscalateTo };
  const declared = Object.entries({ ...given, ...lists }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...Object.fromEntries(declared), id, repeatable: true, resumable: false };
}

/** Tells the other side to stop, without anybody waiting for it. */
function giveUp(run: RemoteRun, clock: Remote['clock']): void {
  const controller = new AbortController();
  const disarm = clock.schedule(cancelTimeoutMs, () => controller.abort());
  run
    .cancel(controller.signal)
    .catch(() => {})
    .finally(disarm);
}

function expired(id: string, timeoutMs: number): HandoffError {
  return new HandoffError(
    'DEADLINE_EXCEEDED',
    `Remote agent "${id}" had not answered after ${timeoutMs} ms: raise timeoutMs, or give it less to do.`,
    { details: { agentId: id } },
  );
}

function unreachable(id: string, cause: ConnectionLost): HandoffError {
  return new HandoffError('AGENT_FAILED', `Remote agent "${id}" failed: ${cause.message}.`, {
    details: { agentId: id },
    retryable: true,
    cause,
  });
}

function positive(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `${name} of a remote agent is ${value}: give a whole number from ${least}.`,
  );
}
