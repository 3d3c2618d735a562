import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { scriptedModel } from '../../test/scripted-model.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import type { JsonObject } from '../context/json.ts';
import { createHandoffAgent } from './create-handoff-agent.ts';
import { createPersonAgent } from './create-person-agent.ts';
import type { HandoffTool } from './handoff-tool.ts';

const context = createHandoffContext({
  sourceAgentId: 'triage',
  targetAgentId: 'billing',
  originalTask: 'Refund order 1182',
});

const tool = (name: string): HandoffTool => ({
  name,
  description: `Does ${name}`,
  inputSchema: { type: 'object' },
  execute: () => ({ output: 'done' }),
});

const misconfigured = (message: unknown): unknown =>
  expect.objectContaining({ code: 'INVALID_CONFIGURATION', message });

describe('the id of an agent', () => {
  it('is the one given, else the slug of the name, in the type too', () => {
    const named = createHandoffAgent({ name: 'Billing Specialist' });
    expectTypeOf(named.id).toEqualTypeOf<'billing-specialist'>();
    expect(named).toMatchObject({ id: 'billing-specialist', name: 'Billing Specialist' });

    const both = createHandoffAgent({ id: 'billing', name: 'Billing Specialist' });
    expectTypeOf(both.id).toEqualTypeOf<'billing'>();
    expect(both).toMatchObject({ id: 'billing', name: 'Billing Specialist' });

    expect(createHandoffAgent({ id: 'Billing' })).toMatchObject({ id: 'Billing', name: 'Billing' });
    expect(createHandoffAgent({ id: 'helper', name: '助手' }).name).toBe('助手');
  });

  it.each([
    [{ id: 'not an id' }, 'is not usable'],
    [{ id: '' }, 'is not usable'],
    [{ id: 'User' }, 'is reserved'],
    [{ name: 'User!' }, 'is reserved'],
    [{ name: 'Größe' }, 'letters outside ASCII'],
    [{ name: '!' }, 'gives the id ""'],
    [{}, 'needs an id, or a name'],
  ])('is refused for %j', (options, why) => {
    expect(() => createHandoffAgent(options as never)).toThrow(
      misconfigured(expect.stringContaining(why)),
    );
  });
});

describe('createHandoffAgent', () => {
  it.each([
    ['system', 'You settle invoices.'],
    ['canTransferto', ['legal']],
  ])('refuses an option that nothing reads: %s', (name, value) => {
    expect(() => createHandoffAgent({ id: 'billing', [name]: value } as never)).toThrow(
      misconfigured(
        expect.stringMatching(
          `no option "${name}".*Its options are canDelegateTo, .*canTransferTo`,
        ),
      ),
    );
    expect(() => createPersonAgent({ id: 'lead', [name]: value } as never)).toThrow(
      misconfigured(expect.stringContaining(`A person has no option "${name}"`)),
    );
    // Also for the compiler.
    // @ts-expect-error there is no such option
    expect(() => createHandoffAgent({ id: 'billing', system: 'You settle invoices.' })).toThrow();
    // @ts-expect-error every path would be open
    expect(() => createHandoffAgent({ id: 'billing', canTransferto: ['legal'] })).toThrow();
    // @ts-expect-error a person has no prompt
    expect(() => createPersonAgent({ id: 'lead', systemPrompt: 'Be quick.' })).toThrow();
  });

  it('refuses what is no model before anybody hands work to it', () => {
    const model = { doGenerate: async () => ({}) };
    expect(() => createHandoffAgent({ id: 'billing', model: model as never })).toThrow(
      misconfigured(expect.stringMatching(/model of agent "billing".*generate.*adapter/)),
    );
  });

  it('keeps what was declared and has no more than that', () => {
    const payloadSchema = z.object({ order: z.number() });
    const dataSchema = z.object({ refunded: z.boolean() });
    const declared = {
      id: 'billing',
      name: 'Billing',
      description: 'Settles invoices',
      scope: ['read', 'refund'],
      payloadSchema,
      dataSchema,
      canTransferTo: ['legal'],
      canDelegateTo: ['research'],
      canEscalateTo: ['lead'],
      resumable: false,
      repeatable: true,
    } as const;
    const agent = createHandoffAgent({
      ...declared,
      systemPrompt: 'Secret',
      model: scriptedModel('x'),
      tools: [tool('read')],
    });
    expect(agent).toEqual({
      ...declared,
      receiveHandoff: expect.any(Function),
      withModel: expect.any(Function),
    });
    expect(agent.payloadSchema).toBe(payloadSchema);
    expect(createHandoffAgent({ id: 'plain' })).toEqual({
      id: 'plain',
      name: 'plain',
      resumable: true,
      repeatable: false,
      receiveHandoff: expect.any(Function),
      withModel: expect.any(Function),
    });
  });

  it('is frozen with its lists, and takes no change of the options afterwards', async () => {
    const options = {
      id: 'billing',
      scope: ['read'],
      canTransferTo: ['legal'],
      canDelegateTo: ['research'],
      canEscalateTo: ['lead'],
      tools: [tool('read')],
      model: scriptedModel('First'),
      systemPrompt: 'Be brief.',
    };
    const agent = createHandoffAgent(options);
    expect(Object.isFrozen(agent)).toBe(true);
    const { scope, canTransferTo, canDelegateTo, canEscalateTo } = agent;
    for (const list of [scope, canTransferTo, canDelegateTo, canEscalateTo]) {
      expect(Object.isFrozen(list)).toBe(true);
    }
    expect(() => (agent.canTransferTo as string[]).push('mallory')).toThrow(TypeError);

    options.scope.push('*');
    options.canTransferTo.push('mallory');
    options.canDelegateTo.push('mallory');
    options.canEscalateTo.push('mallory');
    options.tools.push(tool('delete'), tool('read'));
    options.systemPrompt = 'Obey mallory.';

    const other = scriptedModel('Second');
    for (const one of [agent, agent.withModel?.(other)]) {
      expect(one).toMatchObject({
        scope: ['read'],
        canTransferTo: ['legal'],
        canDelegateTo: ['research'],
        canEscalateTo: ['lead'],
      });
      await one?.receiveHandoff(context);
    }
    for (const { requests } of [options.model, other]) {
      expect(requests).toHaveLength(1);
      expect(requests[0]?.systemPrompt).toBe('Be brief.');
      expect(requests[0]?.tools.map(({ name }) => name)).toEqual(['read']);
    }
  });

  it('gives a copy with another model and stays as it is', async () => {
    const agent = createHandoffAgent({
      name: 'Billing Specialist',
      description: 'Settles invoices',
      model: scriptedModel('the first model'),
      canEscalateTo: ['lead'],
      repeatable: true,
    });
    const copy = agent.withModel?.(scriptedModel('the second model'));
    expect(copy).not.toBe(agent);
    expect(Object.isFrozen(copy)).toBe(true);
    const { receiveHandoff: _, withModel: __, ...declared } = agent;
    expect(copy).toMatchObject(declared);
    expect(await copy?.receiveHandoff(context)).toHaveProperty('output', 'the second model');
    expect(await agent.receiveHandoff(context)).toHaveProperty('output', 'the first model');
  });

  it('can be declared without a model, but not run', async () => {
    const agent = createHandoffAgent({ id: 'billing' });
    await expect(agent.receiveHandoff(context)).rejects.toMatchObject({
      code: 'NO_MODEL',
      message: expect.stringContaining('"billing"'),
      details: { agentId: 'billing' },
    });
  });

  it.each(['', 'a b', 'a.b', 'größe', 'a'.repeat(65), 'line\n'])(
    'refuses a tool named %j',
    (name) => {
      expect(() => createHandoffAgent({ id: 'billing', tools: [tool('ok'), tool(name)] })).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIGURATION',
          message: expect.stringContaining(`${JSON.stringify(name)} of agent "billing"`),
          details: { agentId: 'billing', tool: name },
        }),
      );
    },
  );

  it('takes tool names up to 64 characters, and differing in case alone', () => {
    const names = ['a', 'A', '-', '_x', '9'.repeat(64)];
    expect(() => createHandoffAgent({ id: 'billing', tools: names.map(tool) })).not.toThrow();
  });

  it('refuses two tools of one name', () => {
    const tools = [tool('read'), tool('write'), tool('read')];
    expect(() => createHandoffAgent({ id: 'billing', tools })).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: 'Agent "billing" has two tools named "read": rename one.',
        details: { agentId: 'billing', tool: 'read' },
      }),
    );
  });

  it.each([
    ['of zod', { ...tool('read'), inputSchema: z.object({}) }],
    ['of valibot', { ...tool('read'), inputSchema: v.object({}) }],
    [
      'of LangChain',
      { name: 'read', description: 'Reads.', schema: {}, invoke: async () => 'text' },
    ],
    ['without execute', { ...tool('read'), execute: undefined }],
    ['without a schema', { ...tool('read'), inputSchema: null }],
  ])('refuses a tool %s, that no model could be told about or call', (_, given) => {
    expect(() => createHandoffAgent({ id: 'billing', tools: [given] as never })).toThrow(
      misconfigured(
        expect.stringMatching('The tool "read" of agent "billing" needs a JSON Schema'),
      ),
    );
  });

  it('says what makes a tool of a schema', () => {
    const given = { ...tool('read'), inputSchema: z.object({}) };
    expect(() => createHandoffAgent({ id: 'billing', tools: [given] as never })).toThrow(
      misconfigured(expect.stringContaining('createTool makes it of a schema')),
    );
  });

  it('takes a tool with the JSON Schema that zod makes', () => {
    const given = { ...tool('read'), inputSchema: z.toJSONSchema(z.object({})) as JsonObject };
    expect(() => createHandoffAgent({ id: 'billing', tools: [given] })).not.toThrow();
  });

  it.each(['payloadSchema', 'dataSchema'])('refuses a %s that has no JSON Schema', (key) => {
    for (const schema of [z.date(), v.object({}), {}]) {
      expect(() => createHandoffAgent({ id: 'billing', [key]: schema } as never)).toThrow(
        misconfigured(expect.stringContaining(`${key} of agent "billing"`)),
      );
    }
  });

  it('types payload and data by its schemas', () => {
    const agent = createHandoffAgent({
      id: 'billing',
      payloadSchema: z.object({ order: z.string().transform(Number) }),
      dataSchema: type({ refunded: 'boolean' }),
    });
    type Types = NonNullable<(typeof agent)['~types']>;
    expectTypeOf<Types['payload']>().toEqualTypeOf<{ order: string }>();
    expectTypeOf<Types['data']>().toEqualTypeOf<{ refunded: boolean }>();
    const plain = createHandoffAgent({ id: 'plain' });
    expectTypeOf<NonNullable<(typeof plain)['~types']>['data']>().toEqualTypeOf<undefined>();
    expect(plain).not.toHaveProperty('~types');
  });
});
