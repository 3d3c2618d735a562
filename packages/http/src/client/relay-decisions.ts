import {
  type ApprovalDecision,
  type HandoffAgent,
  type HandoffContext,
  HandoffError,
  type HandoffManager,
  type HandoffRecord,
  type HandoffStream,
  type ResumeOptions,
} from '@agent-handoff/core';
import { type EndingDecision, type PassOn, passOnOf } from './pass-decision.ts';
import { resumedStream } from './resumed-stream.ts';

const relaying = Symbol.for('agent-handoff.http.relaying');

/**
 * The same manager, whose decisions reach the other side where a remote agent waits: what is denied here
 * is denied there, an answer is its answer, and what is cancelled is cancelled, with the work under it.
 * Approvals get there without this.
 *
 * A denial or an answer is passed on before it is recorded: where it doesn't get there, or somebody there
 * has decided otherwise, `resume` throws and the handoff waits on. A cancellation is recorded first, as
 * nobody can be kept from giving up: where it doesn't get there, `cancel` throws, and can be called again.
 *
 * @throws From `resume` and `cancel`, besides what those throw: HandoffError `AGENT_FAILED`, with
 * `retryable` where trying again may help.
 *
 * @example
 * const manager = relayDecisions(createHandoffManager({ agents: [billing] }));
 * await manager.resume(handoffId, { type: 'deny', reason: 'Too late.' }, { by: 'lea' });
 */
export function relayDecisions<Agent extends HandoffAgent>(
  manager: HandoffManager<Agent>,
): HandoffManager<Agent> {
  return (relaying in manager ? manager : relayed(manager as never)) as HandoffManager<Agent>;
}

function relayed(manager: HandoffManager): HandoffManager {
  const own: Partial<HandoffManager> = {
    async resume(handoffId, decision, options) {
      await pass(manager, handoffId, decision);
      return manager.resume(handoffId, decision, options);
    },
    streamResume(
      handoffId: string,
      decision?: ApprovalDecision,
      options?: ResumeOptions,
    ): HandoffStream {
      return resumedStream(
        pass(manager, handoffId, decision).then(() =>
          manager.streamResume(handoffId, decision, options),
        ),
      );
    },
    async cancel(handoffId) {
      const before = await logOf(manager, handoffId);
      const waiting = remoteIn(manager, before).filter(({ newest }) => newest.type === waits);
      const entry = await manager.cancel(handoffId);
      const after = await logOf(manager, handoffId);
      const cancelled = remoteIn(manager, after).filter(
        ({ newest }) =>
          newest.type === 'cancelled' &&
          (newest.handoffId === handoffId ||
            waiting.some((one) => one.newest.handoffId === newest.handoffId)),
      );
      for (const remote of cancelled) await tell(manager, remote, { type: 'cancel' });
      return entry;
    },
    withModel: (...given) => relayed(manager.withModel(...given)),
  };
  return new Proxy(manager, {
    has: (target, name) => name === relaying || Reflect.has(target, name),
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      // Its private fields are the manager's own.
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const waits = 'approval-requested';

/** Where a handoff stands whose agent is a remote one, and was called. */
interface RemoteHandoff {
  readonly newest: HandoffRecord;
  readonly passOn: PassOn;
}

function remoteIn(
  { agents }: HandoffManager,
  log: readonly HandoffRecord[],
): readonly RemoteHandoff[] {
  const newest = new Map(log.map((record) => [record.handoffId, record]));
  // One that a policy holds back was never sent: the other side doesn't know it.
  const called = new Set(
    log.filter(({ type }) => type === 'accepted').map(({ handoffId }) => handoffId),
  );
  return [...newest.values()].flatMap((record) => {
    const passOn = called.has(record.handoffId) ? passOnOf(agents.get(record.target)) : undefined;
    return passOn === undefined ? [] : [{ newest: record, passOn }];
  });
}

/** Passes on what ends a handoff that waits with a remote agent; everything else is the manager's. */
async function pass(
  manager: HandoffManager,
  handoffId: string,
  decision: ApprovalDecision | undefined,
): Promise<void> {
  if (decision?.type !== 'deny' && decision?.type !== 'answer') return;
  const find = async () =>
    remoteIn(manager, await logOf(manager, handoffId)).find(
      ({ newest }) => newest.handoffId === handoffId && newest.type === waits,
    );
  const remote = await find();
  if (remote === undefined) return;
  if (decision.type === 'answer') await checkData(manager, remote.newest.target, decision.data);
  try {
    await tell(manager, remote, decision);
  } catch (thrown) {
    // Somebody decided here at the same time, and was first: what stands here is the answer.
    if ((await find()) === undefined) return;
    throw thrown;
  }
}

async function tell(
  manager: HandoffManager,
  { newest, passOn }: RemoteHandoff,
  decision: EndingDecision,
): Promise<void> {
  const context: HandoffContext | undefined = (await manager.get(newest.handoffId))?.context;
  if (context !== undefined) await passOn(context, decision);
}

/** Before it is passed on: what isn't taken here must not be taken there. */
async function checkData(manager: HandoffManager, target: string, data: unknown): Promise<void> {
  const schema = manager.agents.get(target)?.dataSchema;
  const validated = await schema?.['~standard'].validate(data);
  if (validated?.issues === undefined) return;
  const problems = validated.issues.map(({ message }) => message);
  throw new HandoffError(
    'INVALID_OUTPUT',
    `The answer's data doesn't satisfy the dataSchema of "${target}": ${problems.join('; ')}`,
    { details: { agentId: target, problems } },
  );
}

async function logOf(
  { store }: HandoffManager,
  handoffId: string,
): Promise<readonly HandoffRecord[]> {
  const taskId = await store.findTask(handoffId);
  return taskId === undefined ? [] : store.readTask(taskId);
}
