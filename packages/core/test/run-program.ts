import type { HandoffAgent } from '../src/agent/handoff-agent.ts';
import { HandoffError } from '../src/errors/handoff-error.ts';
import type { HandoffResult } from '../src/line/handoff-result.ts';
import type { ExecuteOptions } from '../src/manager/handoff-input.ts';
import type { HandoffManager } from '../src/manager/handoff-manager.ts';
import type { PolicyAnswer } from '../src/policy/policy.ts';
import { isEnd } from '../src/record/handoff-record.ts';
import type { HandoffStore } from '../src/record/handoff-store.ts';
import { memoryStore } from '../src/record/memory-store.ts';
import type { Clock } from '../src/runtime/clock.ts';
import { type Managed, managed } from './managed.ts';
import { ManualClock } from './manual-clock.ts';
import {
  type Act,
  type Holder,
  holders,
  type Program,
  toPayload,
  type Work,
} from './random-program.ts';
import { report, type Script, scriptedAgent } from './scripted-agent.ts';

type Desk = Managed<HandoffAgent<Holder>>;

/** A manager whose agents do what the work says that they are handed, and whose store takes its time. */
export function workingDesk(): Desk {
  const clock = new ManualClock();
  const script: Script = async ({ context, options: { signal, onEvent } }) => {
    const { delayMs, answer, tokens: totalTokens, parts } = context.payload as unknown as Work;
    const source = context.targetAgentId as Holder;
    onEvent?.({ type: 'output-delta', delta: `${source} begins` });
    await pause(clock, answer === 'is late' ? 60_000 : delayMs, signal);
    const delegate = (part: Work): Promise<HandoffResult> =>
      desk.manager.executeHandoff({
        source,
        target: part.target,
        task: `A part for ${part.target}`,
        reason: 'delegation',
        parent: context,
        payload: toPayload(part),
      });
    const done: HandoffResult[] = [];
    if (answer === 'delegates') for (const part of parts) done.push(await delegate(part));
    if (answer === 'delegates at once') done.push(...(await Promise.all(parts.map(delegate))));
    if (answer === 'fails') throw new HandoffError('AGENT_FAILED', 'out of paper');
    if (answer === 'throws') throw new Error(`broken after ${delayMs} ms`);
    return report({
      status: answer === 'stops short' ? 'incomplete' : 'completed',
      output: `${source} after ${delayMs} ms, with ${done.map(({ status }) => status)}`,
      findings: { [source]: delayMs },
      usage: { inputTokens: totalTokens, outputTokens: 0, totalTokens },
    });
  };
  const desk: Desk = managed({
    agents: holders.map((id) =>
      scriptedAgent(id, script, id === 'delta' ? { canDelegateTo: ['alpha'] } : {}),
    ),
    clock,
    store: slow(memoryStore(), clock),
    maxChain: 2,
    price: ({ totalTokens }) => totalTokens / 1e6,
    policies: [
      {
        name: 'mood',
        decide: ({ context }) => decide((context.payload as unknown as Work).answer),
      },
    ],
  });
  return desk;
}

function decide(answer: Work['answer']): PolicyAnswer {
  if (answer === 'needs an approval') return { requireApproval: 'look at it first' };
  return answer === 'is refused' ? { deny: 'not now' } : 'permit';
}

/** What a program saw, and what is in the store about its tasks. */
export async function runProgram(
  { manager, store, clock }: Desk,
  { startMs, hasKey, limits, acts }: Program,
  index: number,
  onStart: () => void,
): Promise<string> {
  await pause(clock, startMs);
  onStart();
  const saw: unknown[] = [];
  const taskIds = new Set<string>();
  let parent: { readonly handoffId: string } | undefined;
  for (const [i, act] of acts.entries()) {
    const key = hasKey ? { idempotencyKey: `program-${index}/${i}` } : {};
    const controller = new AbortController();
    const { abortAfterMs } = act;
    const disarm =
      abortAfterMs === undefined
        ? () => {}
        : clock.schedule(abortAfterMs, () => controller.abort());
    const options = { ...key, limits, timeoutMs: 1_000, signal: controller.signal };
    const results = await seen(saw, () => runAct(manager, store, clock, act, parent, options));
    disarm();
    const waiting = results.find(({ status }) => status === 'awaiting-approval');
    if (waiting && act.decision !== 'nothing') {
      const decision = { type: act.decision };
      await seen(saw, async () => [
        await manager.resume(waiting.handoffId, decision, { by: 'ann' }),
      ]);
    }
    for (const result of results) {
      taskIds.add(result.taskId);
      if (await manager.get(result.handoffId)) parent = result;
    }
  }
  const tasks = [];
  for (const taskId of taskIds) {
    const records = await store.readTask(taskId);
    // Refused before anything was written.
    if (records.length === 0) continue;
    const digests = records.flatMap((record) =>
      [record.contextDigest, record.outcomeDigest ?? []].flat(),
    );
    const bodies = await store.readBodies(taskId, digests);
    const history = await manager.history({ taskId });
    tasks.push({ records, bodies, history, custody: await manager.verify(taskId) });
  }
  return withoutIds(JSON.stringify({ saw, tasks }, null, 1));
}

type Ids = { readonly taskId: string; readonly handoffId: string; readonly status?: string };

async function seen(saw: unknown[], act: () => Promise<readonly unknown[]>): Promise<Ids[]> {
  try {
    const results = await act();
    saw.push(...results);
    return results.filter(
      (one): one is Ids =>
        typeof one === 'object' && one !== null && 'handoffId' in one && 'taskId' in one,
    );
  } catch (thrown) {
    if (!HandoffError.isInstance(thrown)) throw thrown;
    saw.push(thrown.toJSON());
    return [];
  }
}

async function runAct(
  manager: HandoffManager<HandoffAgent<Holder>>,
  store: HandoffStore,
  clock: Clock,
  { call, works, cancelAfterMs }: Act,
  parent: { readonly handoffId: string } | undefined,
  options: ExecuteOptions,
): Promise<readonly unknown[]> {
  const [work] = works as readonly [Work];
  const input = {
    target: work.target,
    task: `Work for ${work.target}`,
    payload: toPayload(work),
    ...(parent === undefined ? {} : { parent }),
  };
  switch (call) {
    case 'chain':
    case 'failover':
    case 'escalate':
    case 'parallel':
    case 'race': {
      const targets = works.map((each) => ({ target: each.target, payload: toPayload(each) }));
      const { target: _, payload: __, ...rest } = input;
      const shared = { ...rest, targets };
      const result = await {
        chain: () => manager.chainHandoff(shared, options),
        failover: () => manager.failoverHandoff(shared, options),
        escalate: () => manager.escalateHandoff({ ...shared, until: 0.7 }, options),
        parallel: () => manager.parallelHandoff(shared, options),
        race: () => manager.parallelHandoff({ ...shared, join: 'any' }, options),
      }[call]();
      return [result, ...result.steps];
    }
    case 'stream': {
      const stream = manager.streamHandoff(input, options);
      const events = [];
      for await (const event of stream) events.push(event);
      return [await stream.result, ...events];
    }
    case 'submit':
    case 'submit and cancel': {
      const submitted = await manager.submitHandoff(input, options);
      if (submitted.status !== 'requested') return [submitted];
      if (call === 'submit and cancel') {
        await pause(clock, cancelAfterMs);
        return [submitted, await manager.cancel(submitted.handoffId)];
      }
      await settled(store, submitted);
      return [submitted, await manager.get(submitted.handoffId)];
    }
    case 'request and execute':
    case 'request and cancel': {
      const context = await manager.createHandoff(input, options);
      await pause(clock, cancelAfterMs);
      return call === 'request and cancel'
        ? [context, await manager.cancel(context.handoffId)]
        : [context, await manager.executeHandoff(context, options)];
    }
    case 'replay': {
      if (parent === undefined) return [];
      const { recorded, replayed } = await manager.replay(parent.handoffId);
      return [recorded, replayed];
    }
    default:
      return [await manager.executeHandoff(input, options)];
  }
}

/** Until it has ended, or waits for a decision. */
async function settled(store: HandoffStore, { taskId, handoffId }: Ids): Promise<void> {
  const controller = new AbortController();
  for await (const record of store.watch(taskId, 0, { signal: controller.signal })) {
    const stands = isEnd(record) || record.type === 'approval-requested';
    if (record.handoffId === handoffId && stands) controller.abort();
  }
}

/** Ids and digests become names, in the order in which they come up: what refers to what stays. */
function withoutIds(json: string): string {
  const names = new Map<string, string>();
  return json.replace(
    /\b(?:(task|handoff|record|salt|delimiter)-\d+|[0-9a-f]{16,})\b/g,
    (id, kind = 'digest') => {
      const name = names.get(id) ?? `${kind} #${names.size + 1}`;
      names.set(id, name);
      return name;
    },
  );
}

/** Appends and reads take a few milliseconds, so that work at the same time meets within them. */
function slow(store: HandoffStore, clock: Clock): HandoffStore {
  return {
    append: async (taskId, expectedSeq, ...rest) => {
      await pause(clock, (expectedSeq * 3) % 5);
      return store.append(taskId, expectedSeq, ...rest);
    },
    readTask: async (taskId) => {
      await pause(clock, 1);
      return store.readTask(taskId);
    },
    findTask: (handoffId) => store.findTask(handoffId),
    readBodies: (...args) => store.readBodies(...args),
    query: (query) => store.query(query),
    watch: (...args) => store.watch(...args),
    prune: (query) => store.prune(query),
  };
}

function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const disarm = clock.schedule(delayMs, resolve);
    signal?.addEventListener('abort', () => {
      disarm();
      reject(signal.reason);
    });
  });
}
