import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import type { Json } from '../context/json.ts';
import { createHandoffAgent } from './create-handoff-agent.ts';
import { createTool } from './create-tool.ts';
import type { ModelRequest } from './handoff-model.ts';
import type { StandardSchema } from './standard-schema.ts';

const call = { toolCallId: 'c1', signal: new AbortController().signal };

const findOrder = createTool({
  name: 'find_order',
  description: 'Looks an order up.',
  inputSchema: z.object({ order: z.number().int(), note: z.string().default('none') }),
  execute: ({ order, note }, { toolCallId }) => ({ output: { order, note, toolCallId } }),
});

const misconfigured = (message: unknown): unknown =>
  expect.objectContaining({ code: 'INVALID_CONFIGURATION', message });

describe('createTool', () => {
  it('has the JSON Schema of what the model is to write', () => {
    expect(findOrder).toMatchObject({
      name: 'find_order',
      description: 'Looks an order up.',
      inputSchema: {
        type: 'object',
        properties: { order: { type: 'integer' }, note: { type: 'string', default: 'none' } },
        required: ['order'],
      },
    });
    // Some providers refuse a keyword that they don't know.
    expect(findOrder.inputSchema).not.toHaveProperty('$schema');
  });

  it('gives execute the input as the schema gives it, and the call', async () => {
    expect(await findOrder.execute({ order: 7, more: 1 }, call)).toEqual({
      output: { order: 7, note: 'none', toolCallId: 'c1' },
    });
  });

  it.each([
    [{}, /order: /],
    [{ order: '7' }, /order: .*number/],
    [{ order: 7, note: 1 }, /note: .*string/],
    ['7', /object/],
    [null, /object/],
  ] as [Json, RegExp][])(
    'tells what is wrong with %j, and runs nothing',
    async (input, problem) => {
      let ran = 0;
      const tool = createTool({
        name: 'find_order',
        description: '',
        inputSchema: z.object({ order: z.number(), note: z.string().optional() }),
        execute: () => ({ output: ++ran }),
      });
      await expect(async () => tool.execute(input, call)).rejects.toMatchObject({
        code: 'INVALID_PAYLOAD',
        message: expect.stringMatching(
          new RegExp(`^The input of find_order is invalid: .*${problem.source}.* Call it again`),
        ),
        details: { tool: 'find_order', problems: [expect.stringMatching(problem)] },
      });
      expect(ran).toBe(0);
    },
  );

  it('takes a schema of ArkType', async () => {
    const tool = createTool({
      name: 'find_order',
      description: '',
      inputSchema: type({ order: 'number' }),
      execute: ({ order }) => ({ output: order + 1, endsTurn: true }),
    });
    expect(tool.inputSchema['properties']).toEqual({ order: { type: 'number' } });
    expect(await tool.execute({ order: 7 }, call)).toEqual({ output: 8, endsTurn: true });
    await expect(async () => tool.execute({}, call)).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
    });
  });

  it.each([
    ['text', z.string()],
    ['a list', z.array(z.string())],
    ['one of two objects', z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])],
  ])('refuses %s, which no provider takes as the input of a tool', (_, inputSchema) => {
    expect(() => toolOf(inputSchema)).toThrow(
      misconfigured(expect.stringMatching(/^The tool "read" has an inputSchema that is no object/)),
    );
  });

  it.each([
    ['JSON Schema', { type: 'object' }],
    ['a schema of valibot without its converter', v.object({})],
    ['nothing', undefined],
    ['what JSON has no word for', z.object({ at: z.date() })],
  ])('refuses %s', (_, inputSchema) => {
    expect(() => toolOf(inputSchema as never)).toThrow(
      misconfigured(expect.stringContaining('inputSchema of tool "read"')),
    );
  });

  it('refuses a tool that does nothing, and an option that nothing reads', () => {
    const inputSchema = z.object({});
    expect(() => createTool({ name: 'read', description: '', inputSchema } as never)).toThrow(
      misconfigured(expect.stringContaining('needs a function execute')),
    );
    expect(() => createTool({ name: 'read', description: '', parameters: {} } as never)).toThrow(
      misconfigured(expect.stringContaining('createTool has no option "parameters"')),
    );
  });

  it('is offered to the model of its agent, which can correct a wrong input', async () => {
    const told: unknown[] = [];
    const model = {
      async generate({ tools, signal }: ModelRequest) {
        const [tool] = tools;
        for (const input of [{ order: 'seven' }, { order: 7 }]) {
          try {
            told.push(await tool?.execute(input, { toolCallId: 'c1', signal }));
          } catch (thrown) {
            told.push((thrown as Error).message);
          }
        }
        const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
        return { status: 'completed' as const, output: 'A lamp.', messages: [], usage };
      },
    };
    const agent = createHandoffAgent({ id: 'desk', model, tools: [findOrder] });
    const context = createHandoffContext({
      sourceAgentId: 'user',
      targetAgentId: 'desk',
      originalTask: 'Order 7',
    });
    expect(await agent.receiveHandoff(context)).toMatchObject({ output: 'A lamp.' });
    expect(told).toEqual([
      expect.stringContaining('The input of find_order is invalid: order: '),
      { output: { order: 7, note: 'none', toolCallId: 'c1' } },
    ]);
  });
});

const toolOf = (inputSchema: StandardSchema) =>
  createTool({ name: 'read', description: '', inputSchema, execute: () => ({ output: '' }) });
