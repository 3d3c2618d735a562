import type { Json, JsonObject } from '../context/json.ts';
import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { toJsonSchema } from './json-schema.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import { validateWith } from './validate-with.ts';

/** What a tool hands back to the model that called it. */
export interface HandoffToolResult {
  /** What the model sees. */
  readonly output: Json;
  /** True where the model's turn is over: it is not called again in this run. */
  readonly endsTurn?: boolean;
}

/** One call of a tool. */
export interface HandoffToolCall {
  readonly toolCallId: string;
  readonly signal: AbortSignal;
}

/** A tool in no framework's shape; adapters turn it into their own. {@link handoffTool} makes one of a schema. */
export interface HandoffTool {
  /** Letters, digits, `_` and `-`, at most 64: what every provider accepts. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the input, an object at the top. */
  readonly inputSchema: JsonObject;
  /** Runs the tool. What it throws is told to the model as an error. */
  execute(input: Json, call: HandoffToolCall): Promise<HandoffToolResult> | HandoffToolResult;
}

/** What {@link handoffTool} takes. */
export interface HandoffToolOptions<Schema extends StandardSchema = StandardSchema> {
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
} satisfies Record<keyof HandoffToolOptions, true>;

/**
 * A tool for an agent's own model, its input typed and validated by a schema: zod, ArkType, or any
 * Standard Schema with a JSON Schema. An input that doesn't satisfy the schema is told to the model,
 * as `INVALID_PAYLOAD` with what is wrong, and `execute` doesn't see it.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an option that there isn't, a schema that has no JSON
 * Schema or is no object at the top, and for no `execute`.
 *
 * @example
 * const findOrder = handoffTool({
 *   name: 'find_order',
 *   description: 'Looks an order up.',
 *   inputSchema: z.object({ order: z.number() }),
 *   execute: ({ order }) => ({ output: `Order ${order} is a lamp.` }),
 * });
 * const desk = createHandoffAgent({ id: 'desk', model, tools: [findOrder] });
 */
export function handoffTool<Schema extends StandardSchema>(
  options: HandoffToolOptions<Schema>,
): HandoffTool {
  checkOptions('handoffTool', options, optionNames);
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
