import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createHandoffAgent,
  createHandoffContext,
  createHandoffManager,
  HandoffError,
  type HandoffStore,
  memoryStore,
  message,
  toPrompt,
} from '@agent-handoff/core';
import { afterAll, describe, expect, it } from 'vitest';

/**
 * Every function that a package exports, and every method of a manager, is in one of two lists: it
 * takes options, and then refuses one that there isn't; or it takes none. What is new is in neither.
 */
type Fn = (...args: never[]) => unknown;
type MakeStore = (options: object) => HandoffStore & { close(): void };
type MakeRunnable = { from(...given: unknown[]): unknown };
type Call = (fn: (...args: unknown[]) => unknown, wrong: object) => unknown;

const agent = createHandoffAgent({ id: 'billing', canTransferTo: ['billing'] });
const manager = createHandoffManager({ agents: [agent] });
const context = createHandoffContext({
  sourceAgentId: 'user',
  targetAgentId: 'billing',
  originalTask: 'Refund',
});
const first: Call = (fn, wrong) => fn(wrong);
const second =
  (one: unknown): Call =>
  (fn, wrong) =>
    fn(one, wrong);
const model = { generate: () => {} };
const input = { target: 'billing', task: 'Refund' };
const targets = { targets: ['billing'], task: 'Refund' };
const turn = { entry: 'billing', input: 'Hello' };

const takesOptions: Record<string, Call> = {
  'core applyFilters': (fn, wrong) => fn(context, [], wrong),
  'core createAgentState': first,
  'core createHandoffAgent': first,
  'core createHandoffContext': first,
  'core createHandoffManager': first,
  'core createPersonAgent': first,
  'core createRedactor': first,
  'core foldToolCalls': first,
  'core createTool': first,
  'core memoryStore': first,
  'core removeToolCalls': first,
  'core summarizeConversation': second([]),
  'core summarizeWithModel': second(model),
  'core toPrompt': second(context),
  'core verifyCustody': second([]),
  'core withinTokens': second(100),
  'core/engine inProcessEngine': first,
  'adapter-langchain delegateTool': first,
  'adapter-langchain fromLangChain': second({ invoke: () => {}, lc_namespace: [] }),
  'adapter-langchain langchainModel': second({}),
  'adapter-langchain/langgraph handoffNode': first,
  'adapter-langchain/langgraph transferTool': first,
  'adapter-langchain/middleware handoffMiddleware': first,
  'adapter-vercel-ai acceptedTransfer': first,
  'adapter-vercel-ai continueTransfer': second({ steps: [] }),
  'adapter-vercel-ai delegateTool': first,
  'adapter-vercel-ai fromAiSdk': second(model),
  'adapter-vercel-ai toHandoffUIStream': second({}),
  'adapter-vercel-ai transferTool': first,
  'adapter-vercel-ai/model aiSdkModel': second('small'),
  'adapter-vercel-ai/model defineAiSdkAgent': first,
  'express-middleware createHandoffRouter': first,
  'express-middleware handoffContext': first,
  'http createContextReader': first,
  'http createHandoffHandler': first,
  'http createRemoteAgent': first,
  'http/listener createContextListener': first,
  'http/listener createHandoffListener': first,
  'http/node createRemoteAgent': first,
  'http/node guardedFetch': first,
  'store-sqlite sqliteStore': first,
  'testing checkTranscript': second([]),
  'testing countingIds': first,
  'testing expectValidTranscript': second([message.user('Hello')]),
  'testing manualClock': first,
  'testing scriptedAgent': first,
  'testing scriptedModel': second([]),
  'testing/conformance describeExecutionEngine': (fn, wrong) => fn('none', () => {}, wrong),
  'testing/conformance describeHandoffAgent': (fn, wrong) => fn('none', () => {}, wrong),
  'testing/conformance describeHandoffStore': (fn, wrong) => fn('none', () => {}, wrong),
  'testing/conformance handoffAgentChecks': first,
  'testing/model-server strictModelServer': first,
  'manager chainHandoff': second(targets),
  'manager createHandoff': second(input),
  'manager erase': second('task-1'),
  'manager escalateHandoff': second({ ...targets, until: 0.5 }),
  'manager executeHandoff': second(input),
  'manager failoverHandoff': second(targets),
  'manager history': first,
  'manager interrupted': first,
  'manager parallelHandoff': second(targets),
  'manager pending': first,
  'manager preflight': second(input),
  'manager replay': second('handoff-1'),
  'manager resume': (fn, wrong) => fn('handoff-1', undefined, wrong),
  'manager returnHandoff': second({ result: 'handoff-1' }),
  'manager run': second(turn),
  'manager stop': first,
  'manager streamHandoff': second(input),
  'manager streamResume': (fn, wrong) => fn('handoff-1', undefined, wrong),
  'manager streamRun': second(turn),
  'manager submitHandoff': second(input),
  'manager verify': second('task-1'),
};

/** What takes data, ids or functions. Those of the AI SDK's own settings are its. */
const takesNone = [
  'core HandoffError addUsage approximateTokens composeFilters describeReason estimateConfidence',
  'core lastMessages localEventChannel messageText onlyFindings parseHandoffContext',
  'core pickFindings randomIds repairTranscript selectKeyMessages slugAgentName toMermaid unwrap',
  'core withMessage',
  'core/adapter HandoffError addUsage checkFields checkOptions handoffToolSpec handoffToolSpecs',
  'core/adapter hideTokens keyedHandoffId messageText toJsonSchema',
  'core/store checkFields checkOptions isEnd isTaskRecord memoryThreads sealBody sealRecords statusOf',
  'core/store toRecordedEvent',
  'adapter-langchain HandoffDelta HandoffRunnable fromLangChainMessages toLangChainMessages',
  'adapter-vercel-ai fromModelMessages fromUIMessages handoffParts repairModelMessages',
  'adapter-vercel-ai streamHandoffs toModelMessages',
  'http problem',
  'http/listener sendProblem',
  'testing checkAnthropicRequest checkGeminiRequest checkOpenAiChatRequest',
  'testing checkOpenAiResponsesRequest requestText scriptedTokens scriptedUsage seededIds',
  'testing/conformance modelOfDouble runConformance',
  'manager cancel constructor deleteThread get getThread start toMermaid withModel',
].flatMap((line) => {
  const [where, ...names] = line.split(' ');
  return names.map((name) => `${where} ${name}`);
});

/** By the entry that exports it and its name. */
async function publicFunctions(): Promise<ReadonlyMap<string, Fn>> {
  const found = new Map<string, Fn>();
  const packages = join(import.meta.dirname, '../..');
  for (const folder of await readdir(packages)) {
    const manifest = await readFile(join(packages, folder, 'package.json'), 'utf8');
    const { exports } = JSON.parse(manifest) as { readonly exports: Record<string, string> };
    for (const [entry, file] of Object.entries(exports)) {
      const module = (await import(join(packages, folder, file))) as Record<string, unknown>;
      for (const [name, value] of Object.entries(module)) {
        if (typeof value !== 'function') continue;
        found.set(`${join(folder, entry)} ${name}`, value as Fn);
      }
    }
  }
  const methods = Object.getPrototypeOf(manager) as Record<string, Fn>;
  for (const name of Object.getOwnPropertyNames(methods)) {
    found.set(`manager ${name}`, (...args) => Reflect.apply(methods[name] as Fn, manager, args));
  }
  return found;
}

const misspelt = 'signall';

async function refusalOf(call: () => unknown): Promise<unknown> {
  try {
    const answer = (await call()) as { readonly result?: Promise<unknown> } | undefined;
    await answer?.result;
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

function expectRefusal(thrown: unknown, name = misspelt): void {
  expect(HandoffError.isInstance(thrown), `it was not refused: ${String(thrown)}`).toBe(true);
  expect(thrown).toMatchObject({
    code: expect.stringMatching(/^INVALID_(?:CONFIGURATION|CONTEXT)$/),
    message: expect.stringMatching(new RegExp(` has no (?:option|field) "${name}"\\.`)),
  });
}

const functions = await publicFunctions();

describe('no option without effect', () => {
  it('is kept by every public function: each takes options, or takes none', () => {
    expect([...functions.keys()].sort()).toEqual(
      [...Object.keys(takesOptions), ...takesNone].sort(),
    );
  });

  it.each(Object.entries(takesOptions))('%s refuses one that there is not', async (name, call) => {
    const fn = functions.get(name) as Fn;
    expectRefusal(await refusalOf(() => call(fn as never, { [misspelt]: true })));
    expect(await manager.history()).toEqual([]);
  });

  it.each(Object.entries(takesOptions))('%s refuses what is no object', async (name, call) => {
    const fn = functions.get(name) as Fn;
    const thrown = await refusalOf(() => call(fn as never, 'text' as never));
    expect(HandoffError.isInstance(thrown), `it was not refused: ${String(thrown)}`).toBe(true);
  });

  const takesFirst = Object.entries(takesOptions).filter(([, call]) => call === first);
  it.each(takesFirst)('%s refuses null', async (name) => {
    const thrown = await refusalOf(() => functions.get(name)?.(null as never));
    expect(HandoffError.isInstance(thrown), `it was not refused: ${String(thrown)}`).toBe(true);
  });

  // The others may be called without, which begins something.
  const begins = /^manager|strictModelServer$/;
  it.each(takesFirst.filter(([name]) => !begins.test(name)))(
    '%s without an argument works, or says what it needs',
    async (name) => {
      const thrown = await refusalOf(() => functions.get(name)?.());
      expect(thrown === undefined || HandoffError.isInstance(thrown), String(thrown)).toBe(true);
    },
  );

  it.each(takesNone.filter((name) => !/^manager|Error|Delta|Runnable$/.test(name)))(
    '%s takes none, by its parameters',
    (name) => {
      const [, parameters = ''] = /^[^(]*\(([^)]*)\)/.exec(String(functions.get(name))) ?? [];
      expect(parameters).not.toMatch(/\boptions\b|=\s*\{/);
    },
  );

  it.each([
    ['createHandoff', { taks: 'Refund' }],
    ['preflight', { instuctions: 'x' }],
    ['executeHandoff', { payloads: 1 }],
    ['executeHandoff', { until: 1 }],
    ['submitHandoff', { payloads: 1 }],
    ['streamHandoff', { payloads: 1 }],
  ])('%s refuses a field that handoffs do not have: %o', async (method, wrong) => {
    const given = { ...input, ...wrong };
    const thrown = await refusalOf(() => functions.get(`manager ${method}`)?.(given as never));
    expectRefusal(thrown, Object.keys(wrong)[0]);
  });

  it.each([
    ['chainHandoff', targets, ['until', 'reason', 'aggregate', 'target', 'payload']],
    ['failoverHandoff', targets, ['until', 'join', 'payload']],
    ['escalateHandoff', { ...targets, until: 0.5 }, ['reason', 'join']],
    ['parallelHandoff', targets, ['until', 'quorum']],
    ['run', turn, ['target', 'task', 'reason', 'threadID']],
    ['streamRun', turn, ['target', 'task', 'reason', 'threadID']],
    ['returnHandoff', { result: 'handoff-1' }, ['payload', 'parent']],
  ] as const)('%s refuses a field that is of another method', async (method, given, names) => {
    for (const name of names) {
      const wrong = { ...given, [name]: 'x' };
      const thrown = await refusalOf(() => functions.get(`manager ${method}`)?.(wrong as never));
      expectRefusal(thrown, name);
    }
  });

  it('holds for a whole context, which is not run then', async () => {
    const wrong = { ...context, instuctions: 'Be quick.' };
    expect(await manager.executeHandoff(wrong as never)).toMatchObject({
      status: 'rejected',
      error: {
        code: 'INVALID_CONTEXT',
        message: expect.stringContaining('A context has no field "instuctions"'),
        details: { field: 'instuctions', nearest: 'instructions' },
      },
    });
    expectRefusal(
      await refusalOf(() => createHandoffContext(context, { clok: 1 } as never)),
      'clok',
    );
  });

  it('holds for one target of several, and for a decision', async () => {
    const target = { target: 'billing', parent: 'handoff-1' };
    const wrong = { ...targets, targets: [target] } as never;
    expectRefusal(await refusalOf(() => manager.chainHandoff(wrong)), 'parent');
    const { handoffId } = await manager.createHandoff({ target: 'billing', task: 'Refund' });
    for (const decision of [
      { type: 'deny', by: 'lea' },
      { type: 'approve', output: 'Yes.' },
    ]) {
      const thrown = await refusalOf(() => manager.resume(handoffId, decision as never));
      expectRefusal(thrown, Object.keys(decision)[1]);
    }
  });

  it('has onHandoffId for executeHandoff alone, which calls it', async () => {
    const options = { onHandoffId: () => {} };
    for (const method of ['submitHandoff', 'streamHandoff'] as const) {
      expectRefusal(
        await refusalOf(() => manager[method](input as never, options as never)),
        'onHandoffId',
      );
    }
    expectRefusal(
      await refusalOf(() => manager.run(turn as never, options as never)),
      'onHandoffId',
    );
  });

  it('holds for the methods of what is made', async () => {
    const path = join(tmpdir(), `no-option-${process.pid}.sqlite`);
    const sqliteStore = functions.get('store-sqlite sqliteStore') as unknown as MakeStore;
    const onFile = sqliteStore({ path });
    afterAll(async () => {
      onFile.close();
      for (const end of ['', '-wal', '-shm']) await rm(`${path}${end}`, { force: true });
    });
    const query = { endedBefore: '2026-01-01T00:00:00Z', limits: 5 };
    for (const store of [memoryStore(), onFile]) {
      expectRefusal(await refusalOf(() => store.prune?.(query as never)), 'limits');
    }
    expectRefusal(await refusalOf(() => message.tool('c1', 'x', { [misspelt]: true } as never)));
    const runnable = functions.get('adapter-langchain HandoffRunnable') as unknown as MakeRunnable;
    expectRefusal(await refusalOf(() => runnable.from(manager, {}, { [misspelt]: 1 } as never)));
    expectRefusal(await refusalOf(() => runnable.from(manager, { [misspelt]: 1 } as never)));
  });

  it('lets an agent pass on what it received, as it is', async () => {
    const received = {
      tools: [],
      signal: new AbortController().signal,
      deadlineAt: '2026-01-01T00:00:00Z',
      onEvent: () => {},
      origin: 'own',
      findingOrigins: {},
      delimiter: 'delimiter-1',
      resumeFrom: [],
      approval: {},
    } satisfies Required<Parameters<typeof agent.receiveHandoff>[1] & {}>;
    expect(toPrompt(context, received)).toBe(toPrompt(context));
  });
});
