import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { createHandoffAgent } from '../agent/create-handoff-agent.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { CompletedHandoff, HandoffResult } from '../line/handoff-result.ts';
import { createHandoffManager } from './create-handoff-manager.ts';
import type { HandoffManager } from './handoff-manager.ts';

// Run by the compiler alone: an expected error that doesn't come is an error.

const triage = createHandoffAgent({ name: 'Triage Desk', canTransferTo: ['billing'] });
const billing = createHandoffAgent({
  id: 'billing',
  payloadSchema: z.object({ invoice: z.coerce.number<number | string>() }),
  dataSchema: z.object({ refunded: z.boolean(), at: z.string().default('today') }),
});
const shipping = createHandoffAgent({
  id: 'shipping',
  payloadSchema: z.object({ parcel: z.string() }).optional(),
});
const lead = createPersonAgent({ id: 'lead', dataSchema: z.object({ amount: z.number() }) });
const manager = createHandoffManager({ agents: [triage, billing, shipping, lead] });
type Team = typeof triage | typeof billing | typeof shipping | typeof lead;
const task = 'Look into it';

test('ids are literals: the slug of a name, or the id that was given', () => {
  expectTypeOf(triage.id).toEqualTypeOf<'triage-desk'>();
  expectTypeOf(lead.id).toEqualTypeOf<'lead'>();
  expectTypeOf(manager).toEqualTypeOf<HandoffManager<Team>>();
  expectTypeOf(manager.agents.keys()).toEqualTypeOf<IterableIterator<Team['id']>>();
});

test('agents are had by id, and has narrows', () => {
  expectTypeOf(manager.agents.get('billing')).toEqualTypeOf<typeof billing>();
  expectTypeOf(manager.agents.get('nobody')).toEqualTypeOf<Team | undefined>();
  const asked: string = String(task);
  // @ts-expect-error Any string is no id.
  void (() => manager.run({ entry: asked, input: task, payload: undefined }));
  if (manager.agents.has(asked)) expectTypeOf(asked).toExtend<Team['id']>();
  else expectTypeOf(asked).toEqualTypeOf<string>();
});

test('a handoff has a target, and the payload that this target takes', () => {
  void (() => [
    manager.executeHandoff({ target: 'triage-desk', task }),
    manager.executeHandoff({ target: 'billing', task, payload: { invoice: '7' } }),
    manager.executeHandoff({ target: 'shipping', task }),
    manager.executeHandoff({ target: 'shipping', task, payload: { parcel: 'p-1' } }),
    manager.executeHandoff({ target: 'lead', task, source: 'billing' }),
    manager.createHandoff({ target: 'billing', task, payload: { invoice: 7 } }),
    manager.submitHandoff({ target: 'billing', task, payload: { invoice: 7 } }),
    manager.streamHandoff({ target: 'billing', task, payload: { invoice: 7 } }),
  ]);
  // @ts-expect-error There is no such agent.
  void (() => manager.executeHandoff({ target: 'nobody', task }));
  // @ts-expect-error The user is nobody's target.
  void (() => manager.executeHandoff({ target: 'user', task }));
  // @ts-expect-error There is no such source.
  void (() => manager.executeHandoff({ target: 'lead', source: 'nobody', task }));
  // @ts-expect-error Billing takes an invoice.
  void (() => manager.executeHandoff({ target: 'billing', task }));
  // @ts-expect-error An invoice is a number, or text that is one.
  void (() => manager.executeHandoff({ target: 'billing', task, payload: { invoice: true } }));
  // @ts-expect-error That is what billing takes.
  void (() => manager.executeHandoff({ target: 'shipping', task, payload: { invoice: 7 } }));
  // @ts-expect-error A recorded handoff has a payload that fits, too.
  void (() => manager.createHandoff({ target: 'billing', task, payload: {} }));
  // @ts-expect-error So has one that nobody waits for.
  void (() => manager.submitHandoff({ target: 'billing', task, payload: {} }));
  // @ts-expect-error And one that is followed.
  void (() => manager.streamHandoff({ target: 'billing', task, payload: {} }));
  // @ts-expect-error There is a closed list of reasons.
  void (() => manager.executeHandoff({ target: 'lead', task, reason: 'boredom' }));
});

test('what is wrong in an input is told where it is wrong', () => {
  const misspelt = {
    execute: () =>
      manager.executeHandoff({
        target: 'lead',
        task,
        // @ts-expect-error It is called findings.
        finding: {},
      }),
    stream: () =>
      manager.streamHandoff({
        target: 'lead',
        task,
        // @ts-expect-error It is called instructions.
        instruction: 'Be quick.',
      }),
    run: () =>
      manager.run({
        entry: 'lead',
        input: task,
        // @ts-expect-error It is called threadId.
        thread: 'talk-1',
      }),
    option: () =>
      manager.executeHandoff(
        { target: 'lead', task },
        // @ts-expect-error It is called timeoutMs.
        { timeout: 1_000 },
      ),
    target: () =>
      manager.submitHandoff({
        // @ts-expect-error There is no such agent.
        target: 'nobody',
        task,
      }),
    entry: () =>
      manager.streamRun({
        // @ts-expect-error There is no such agent.
        entry: 'nobody',
        input: task,
      }),
  };
  expectTypeOf(misspelt.target).not.toBeNever();
});

test('a whole context takes the place of an input', async () => {
  const context = await manager.createHandoff({ target: 'lead', task });
  const result = await manager.executeHandoff(context);
  if (result.success) expectTypeOf(result.data).toEqualTypeOf<DataOfTeam>();
  expectTypeOf(manager.run(context)).toExtend<Promise<{ activeAgentId: string }>>();
  void [manager.submitHandoff(context), manager.streamHandoff(context), manager.streamRun(context)];
});
type DataOfTeam = { refunded: boolean; at: string } | { amount: number } | undefined;

test('a result has the data of its target, once it is known to be completed', async () => {
  const toBilling = () =>
    manager.executeHandoff({ target: 'billing', task, payload: { invoice: 7 } });
  type OfBilling = { refunded: boolean; at: string };
  expectTypeOf(toBilling).returns.resolves.toEqualTypeOf<HandoffResult<OfBilling>>();
  const read = (result: HandoffResult<OfBilling>) => {
    expectTypeOf(result.output).toEqualTypeOf<string | undefined>();
    expectTypeOf(result.data).toEqualTypeOf<OfBilling | undefined>();
    // @ts-expect-error What went wrong has no data.
    void (() => result.data.refunded);
    if (!result.success) return expectTypeOf(result.error.code).toExtend<string>();
    expectTypeOf(result.data.at).toEqualTypeOf<string>();
    return expectTypeOf(result.error).toEqualTypeOf<undefined>();
  };
  void read;
  const toTriage = () => manager.executeHandoff({ target: 'triage-desk', task });
  expectTypeOf(toTriage).returns.resolves.toEqualTypeOf<HandoffResult<undefined>>();
  const toLead = () => manager.executeHandoff({ target: 'lead', task });
  expectTypeOf(toLead).returns.resolves.toEqualTypeOf<HandoffResult<{ amount: number }>>();
  const stream = () =>
    manager.streamHandoff({ target: 'billing', task, payload: { invoice: 7 } }).result;
  expectTypeOf(stream).returns.resolves.toEqualTypeOf<HandoffResult<OfBilling>>();
});

test('a run has an entry, and the payload that this entry takes', () => {
  void (() => [
    manager.run({ entry: 'triage-desk', input: 'Hello', threadId: 'talk', afterTurn: 'return' }),
    manager.run({ entry: 'billing', input: 'Hello', payload: { invoice: 7 } }),
    manager.streamRun({ entry: 'shipping', input: 'Hello' }),
  ]);
  // @ts-expect-error There is no such agent.
  void (() => manager.run({ entry: 'nobody', input: 'Hello' }));
  // @ts-expect-error Billing takes an invoice.
  void (() => manager.run({ entry: 'billing', input: 'Hello' }));
  // @ts-expect-error And nothing else.
  void (() => manager.run({ entry: 'billing', input: 'Hello', payload: { parcel: 'p-1' } }));
  // @ts-expect-error The same where it is followed.
  void (() => manager.streamRun({ entry: 'billing', input: 'Hello' }));
  // @ts-expect-error What the user says is the task.
  void (() => manager.run({ entry: 'lead', input: 'Hello', task }));
  // @ts-expect-error A turn stays, or returns.
  void (() => manager.run({ entry: 'lead', input: 'Hello', afterTurn: 'leave' }));
  const result = () => manager.run({ entry: 'lead', input: 'Hello' });
  expectTypeOf(result).returns.resolves.toHaveProperty('activeAgentId').toEqualTypeOf<string>();
  expectTypeOf(result).returns.resolves.toHaveProperty('steps');
});

test('a pattern takes ids, and targets of their own form where a payload is needed', () => {
  const withPayload = { target: 'billing', payload: { invoice: 7 }, instructions: 'Soon' } as const;
  void (() => [
    manager.chainHandoff({ targets: ['triage-desk', withPayload, 'shipping'], task }),
    manager.parallelHandoff({ targets: [withPayload, 'lead'], task, join: { quorum: 1 } }),
    manager.failoverHandoff({ targets: ['lead', withPayload], task, source: 'triage-desk' }),
    manager.escalateHandoff({
      targets: ['lead', { target: 'shipping', payload: { parcel: 'p-1' }, task: 'Find it' }],
      task,
      until: 0.8,
    }),
  ]);
  // @ts-expect-error Billing can't go without its invoice.
  void (() => manager.chainHandoff({ targets: ['billing'], task }));
  // @ts-expect-error There is no such agent.
  void (() => manager.chainHandoff({ targets: ['triage-desk', 'nobody'], task }));
  const misfit = { target: 'billing', payload: { parcel: 'p-1' } } as const;
  // @ts-expect-error That is what shipping takes.
  void (() => manager.parallelHandoff({ targets: [misfit], task }));
  // @ts-expect-error One payload doesn't fit all.
  void (() => manager.parallelHandoff({ targets: ['lead'], task, payload: { invoice: 7 } }));
  // @ts-expect-error Most is no join.
  void (() => manager.parallelHandoff({ targets: ['lead'], task, join: 'most' }));
  // @ts-expect-error Until when?
  void (() => manager.escalateHandoff({ targets: ['lead'], task }));
  // @ts-expect-error A failover has no confidence to reach.
  void (() => manager.failoverHandoff({ targets: ['lead'], task, until: 0.8 }));
  // @ts-expect-error The reasons of a chain follow from its paths.
  void (() => manager.chainHandoff({ targets: ['lead'], task, reason: 'failure' }));
});

test('what an aggregate makes is the data of the result', async () => {
  const joined = () =>
    manager.parallelHandoff({
      targets: ['triage-desk', 'lead'],
      task,
      aggregate: (results) => {
        expectTypeOf(results).toEqualTypeOf<readonly CompletedHandoff[]>();
        return { votes: results.length };
      },
    });
  const later = () =>
    manager.parallelHandoff({ targets: ['lead'], task, aggregate: async () => 7 as number });
  void (async () => {
    const result = await joined();
    if (result.success) expectTypeOf(result.data.votes).toEqualTypeOf<number>();
    const counted = await later();
    if (counted.success) expectTypeOf(counted.data).toEqualTypeOf<number>();
    const plain = await manager.parallelHandoff({ targets: ['lead'], task });
    if (plain.success) expectTypeOf(plain.data).toEqualTypeOf<unknown>();
  });
});

test('a decision approves, denies or answers', () => {
  void (() => [
    manager.resume('h-1'),
    manager.resume('h-1', { type: 'approve' }, { by: 'ada' }),
    manager.resume('h-1', { type: 'deny', reason: 'Too much' }),
    manager.resume('h-1', { type: 'answer', output: 'Five.', data: { amount: 5 }, confidence: 1 }),
  ]);
  // @ts-expect-error That decides nothing.
  void (() => manager.resume('h-1', { type: 'wait' }));
  // @ts-expect-error An answer says something.
  void (() => manager.resume('h-1', { type: 'answer' }));
  // @ts-expect-error An approval gives no reason.
  void (() => manager.resume('h-1', { type: 'approve', reason: 'Fine' }));
});

test('work goes back from a handoff', () => {
  void (() => [
    manager.returnHandoff({ result: 'h-1', findings: { refunded: true } }),
    manager.returnHandoff({ result: {} as HandoffResult }),
  ]);
  // @ts-expect-error To whom, its chain says.
  void (() => manager.returnHandoff({ result: 'h-1', target: 'triage-desk' }));
});

test('other models are for agents of the manager', () => {
  const model = { generate: () => Promise.reject(new Error('none')) };
  expectTypeOf(manager.withModel(model, ['billing'])).toEqualTypeOf<HandoffManager<Team>>();
  // @ts-expect-error There is no such agent.
  void (() => manager.withModel(model, ['nobody']));
});

test('a manager of agents with payloads is a plain manager too', () => {
  expectTypeOf(manager).toExtend<HandoffManager>();
  const plain: HandoffManager = manager;
  void (() => plain.executeHandoff({ target: String(task), task, payload: { whatever: 1 } }));
  expectTypeOf(plain.agents.get('billing')).toEqualTypeOf<HandoffAgent | undefined>();
  const found: readonly HandoffAgent[] = [triage, billing, lead];
  expectTypeOf(createHandoffManager({ agents: found })).toExtend<HandoffManager>();
});
