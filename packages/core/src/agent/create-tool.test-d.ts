import { type } from 'arktype';
import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { createHandoffAgent } from './create-handoff-agent.ts';
import { createTool } from './create-tool.ts';
import type { HandoffTool } from './handoff-tool.ts';

// Run by the compiler alone: an expected error that doesn't come is an error.

const common = { name: 'find_order', description: 'Looks an order up.' };

test('execute gets what the schema gives, wherever the tool is made', () => {
  const tool = createTool({
    ...common,
    inputSchema: z.object({ order: z.string().transform(Number), note: z.string().default('') }),
    execute: (input, { toolCallId, signal }) => {
      expectTypeOf(input).toEqualTypeOf<{ order: number; note: string }>();
      expectTypeOf(toolCallId).toEqualTypeOf<string>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { output: input.order };
    },
  });
  expectTypeOf(tool).toEqualTypeOf<HandoffTool>();
  createHandoffAgent({
    id: 'desk',
    tools: [
      tool,
      createTool({
        ...common,
        inputSchema: type({ parcel: 'string' }),
        async execute({ parcel }) {
          expectTypeOf(parcel).toEqualTypeOf<string>();
          return { output: parcel, endsTurn: true };
        },
      }),
    ],
  });
});

test('what is no schema, no result and no option does not compile', () => {
  const inputSchema = z.object({ order: z.number() });
  const execute = () => ({ output: '' });
  // @ts-expect-error JSON Schema is no Standard Schema
  createTool({ ...common, inputSchema: { type: 'object' }, execute });
  // @ts-expect-error a result has an output
  createTool({ ...common, inputSchema, execute: () => 'a lamp' });
  // @ts-expect-error there is no such field in the input
  createTool({ ...common, inputSchema, execute: ({ parcel }) => ({ output: parcel }) });
  // @ts-expect-error the option is inputSchema
  createTool({ ...common, parameters: inputSchema, execute });
  // @ts-expect-error a schema in the place of JSON Schema would tell the model nothing
  createHandoffAgent({ id: 'desk', tools: [{ ...common, inputSchema, execute }] });
});
