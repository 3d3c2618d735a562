import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffTool, HandoffToolCall, HandoffToolResult } from './handoff-tool.ts';
import { toJsonSchema } from './json-schema.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import { validateWith } from './validate-with.ts';

/** What {@link createTool} takes. */
export interface ToolOptions<Schema extends StandardSchema = StandardSchema> {
  /** Letters, digits, `_` and `-`, at most 64: what every provider accepts. */
  readonly name: string;
  /** What it does and when to call it: read by the model. */
  readonly description: string;
  /** The typed input, an object at the top; a schema as `payloadSchema` takes it. */
  readonly inputSchema: Schema;
  /** Runs the tool, with the input as the schema gives it. What it throws is told to the model as an error. */
  execute(
    input: SchemaOutput<Schema>,
    call: HandoffToolCall,
  ): Promise<HandoffToolResult> | HandoffToolResult;
}

const optionNames = {
  name: true,
  description: true,
  inputSchema: true,
  execute: true,
} satisfies Record<keyof ToolOptions, true>;

/**
 * A tool for an agent's own model, its input typed and validated by a schema: zod, ArkType, or any
 * Standard Schema with a JSON Schema. An input that doesn't satisfy the schema is told to the model,
 * as `INVALID_PAYLOAD` with what is wrong, and `execute` doesn't see it.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an option that there isn't, a schema that has no JSON
 * Schema or is no object at the top, and for no `execute`.
 *
 * @example
 * const findOrder = createTool({
 *   name: 'find_order',
 *   description: 'Looks an order up.',
 *   inputSchema: z.object({ order: z.number() }),
 *   execute: ({ order }) => ({ output: `Order ${order} is a lamp.` }),
 * });
 * const desk = createHandoffAgent({ id: 'desk', model, tools: [findOrder] });
 */
export function createTool<Schema extends StandardSchema>(
  options: ToolOptions<Schema>,
): HandoffTool {
  checkOptions('createTool', options, optionNames);
  const { name, description, inputSchema: schema } = options;
  if (typeof options.execute !== 'function') {
    throw misconfigured(name, 'needs a function execute: pass one that takes the input.');
  }
  const { $schema: _, ...inputSchema } = toJsonSchema(schema, `inputSchema of tool "${name}"`);
  if (inputSchema['type'] !== 'object') {
    throw misconfigured(
      name,
      'has an inputSchema that is no object at the top, which no provider takes: put it into one, such as z.object({ value }).',
    );
  }
  return Object.freeze({
    name,
    description,
    inputSchema,
    async execute(input, call) {
      const validated = await validateWith(schema, input);
      if ('value' in validated) {
        return options.execute(validated.value as SchemaOutput<Schema>, call);
      }
      const { problems } = validated;
      throw new HandoffError(
        'INVALID_PAYLOAD',
        `The input of ${name} is invalid: ${problems.join('; ')}. Call it again with an input that satisfies its schema.`,
        { details: { tool: name, problems } },
      );
    },
  } satisfies HandoffTool);
}

function misconfigured(tool: string, what: string): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', `The tool "${tool}" ${what}`, {
    details: { tool },
  });
}
