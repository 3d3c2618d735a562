import type { Json, JsonObject } from '../context/json.ts';
import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { checkAgentId, type Slug, slugAgentName } from './agent-id.ts';
import type { HandoffAgent } from './handoff-agent.ts';
import type { HandoffModel } from './handoff-model.ts';
import type { HandoffTool } from './handoff-tool.ts';
import { toJsonSchema } from './json-schema.ts';
import { receiveWithModel } from './receive-with-model.ts';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';

/** What `createHandoffAgent` takes; one of `id` and `name` is needed. */
export type HandoffAgentOptions = (
  | { readonly id: string; readonly name?: string }
  | { readonly id?: string; readonly name: string }
) & {
  /** What it is good at: read by people and by models that choose a target. */
  readonly description?: string;
  /** What its model is told before every request. */
  readonly systemPrompt?: string;
  /** Without one the agent can be declared and listed, but not run: see `withModel`. */
  readonly model?: HandoffModel;
  /** The agent's own tools, see `createTool`; those outside the scope of a handoff are not offered. */
  readonly tools?: readonly HandoffTool[];
  /** What it may use at most; default everything. */
  readonly scope?: readonly string[];
  /** The typed input it takes. */
  readonly payloadSchema?: StandardSchema;
  /** The structured answer it gives. */
  readonly dataSchema?: StandardSchema;
  /** Where it may hand the conversation. Declaring any of the three lists closes all other paths. */
  readonly canTransferTo?: readonly string[];
  /** Whom it may ask and wait for. */
  readonly canDelegateTo?: readonly string[];
  /** Its higher authorities. */
  readonly canEscalateTo?: readonly string[];
  /** Whether it can continue from the messages of an earlier attempt; default true. */
  readonly resumable?: boolean;
  /** Whether it may run a second time after a crash; default false. */
  readonly repeatable?: boolean;
};

type IdOf<Options> = Options extends { readonly id: infer Id extends string }
  ? Id
  : Options extends { readonly name: infer Name extends string }
    ? Slug<Name>
    : string;
type PayloadOf<Options> = Options extends { readonly payloadSchema: infer Schema }
  ? SchemaInput<Schema>
  : Json | undefined;
type DataOf<Options> = Options extends { readonly dataSchema: infer Schema }
  ? SchemaOutput<Schema>
  : undefined;

/** An option that nothing reads doesn't compile: a misspelt list of paths would leave all paths open. */
export type NoOthers<Options, Known> = {
  readonly [Name in Exclude<keyof Options, keyof Known>]: {
    readonly misspelt: `There is no option ${Name & string}.`;
  };
};

/**
 * An agent made of a model and a system prompt. `id` defaults to the slug of `name`, `name` to `id`.
 * The agent is frozen; `withModel` gives a copy with another model.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an unusable id or name, an option that there isn't, a
 * model without `generate`, a tool without JSON Schema or `execute`, two tools of one name, or a schema
 * that has no JSON Schema.
 *
 * @example
 * const billing = createHandoffAgent({
 *   name: 'Billing Specialist',
 *   systemPrompt: 'You settle questions about invoices.',
 *   canEscalateTo: ['finance-lead'],
 * });
 * billing.id; // 'billing-specialist'
 */
export function createHandoffAgent<const Options extends HandoffAgentOptions>(
  options: Options & NoOthers<Options, HandoffAgentOptions>,
): HandoffAgent<IdOf<Options>, PayloadOf<Options>, DataOf<Options>> {
  checkOptions('An agent', options, optionNames);
  const given: HandoffAgentOptions = { ...options, ...frozenLists(options) };
  const id = given.id === undefined ? slugAgentName(nameOf(given)) : checkAgentId(given.id);
  checkAgentId(id);
  checkTools(id, given.tools ?? []);
  if (given.payloadSchema) toJsonSchema(given.payloadSchema, `payloadSchema of agent "${id}"`);
  const { model, ...others } = given;
  const { dataSchema } = others;
  const outputSchema = dataSchema && toJsonSchema(dataSchema, `dataSchema of agent "${id}"`);
  return agentWith(model, { ...others, id, outputSchema }) as ReturnType<
    typeof createHandoffAgent<Options>
  >;
}

type CheckedOptions = Omit<HandoffAgentOptions, 'id' | 'model'> & {
  readonly id: string;
  readonly outputSchema: JsonObject | undefined;
};

/** The agent of checked options; its copies with other models need no second look at them. */
function agentWith(model: HandoffModel | undefined, checked: CheckedOptions): HandoffAgent {
  const { outputSchema, systemPrompt, tools = [], ...declared } = checked;
  const { id, scope, dataSchema } = declared;
  checkModel(id, model);
  return Object.freeze({
    resumable: true,
    repeatable: false,
    ...declared,
    name: declared.name ?? id,
    receiveHandoff: (context, receiveOptions = {}) =>
      receiveWithModel(
        { agentId: id, model, systemPrompt, tools, scope, outputSchema, dataSchema },
        context,
        receiveOptions,
      ),
    withModel: (other) => agentWith(other, checked),
  } satisfies HandoffAgent) as unknown as HandoffAgent;
}

function nameOf({ name }: HandoffAgentOptions): string {
  if (name !== undefined) return name;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    'An agent needs an id, or a name that gives one: pass { id } or { name }.',
  );
}

function checkModel(agentId: string, model: HandoffModel | undefined): void {
  if (model === undefined || typeof model?.generate === 'function') return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The model of agent "${agentId}" has no method generate: make a HandoffModel of it with an adapter, such as aiSdkModel or langchainModel.`,
    { details: { agentId } },
  );
}

function checkTools(agentId: string, tools: readonly HandoffTool[]): void {
  const seen = new Set<string>();
  for (const { name, inputSchema, execute } of tools) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        `The tool name ${JSON.stringify(name)} of agent "${agentId}" is not accepted by model providers: write 1 to 64 letters, digits, "_" or "-".`,
        { details: { agentId, tool: name } },
      );
    }
    if (seen.has(name)) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        `Agent "${agentId}" has two tools named "${name}": rename one.`,
        { details: { agentId, tool: name } },
      );
    }
    seen.add(name);
    if (!isJsonSchema(inputSchema) || typeof execute !== 'function') {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        `The tool "${name}" of agent "${agentId}" needs a JSON Schema as inputSchema and a function execute: createTool makes it of a schema, such as one of zod; tools of a framework go to its own agents, by an adapter.`,
        { details: { agentId, tool: name } },
      );
    }
  }
}

function isJsonSchema(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  if (!('~standard' in given)) return true;
  // The JSON Schemas that zod makes hide one; schemas show theirs, or are of a class.
  const isPlain = Object.getPrototypeOf(given) === Object.prototype;
  return isPlain && !Object.keys(given).includes('~standard');
}

/** The options by which an agent declares itself, whatever it answers with. */
export const declaredOptions = {
  id: true,
  name: true,
  description: true,
  scope: true,
  payloadSchema: true,
  dataSchema: true,
  canTransferTo: true,
  canDelegateTo: true,
  canEscalateTo: true,
  resumable: true,
  repeatable: true,
} satisfies Record<Exclude<keyof HandoffAgentOptions, 'model' | 'systemPrompt' | 'tools'>, true>;
const optionNames = {
  ...declaredOptions,
  model: true,
  systemPrompt: true,
  tools: true,
} satisfies Record<keyof HandoffAgentOptions, true>;
const listNames = ['scope', 'canTransferTo', 'canDelegateTo', 'canEscalateTo', 'tools'] as const;
type Lists = Pick<HandoffAgentOptions, (typeof listNames)[number]>;

/** Copies, so that nobody widens a list after it was checked. */
function frozenLists(options: Lists): Lists {
  const lists: Record<string, readonly unknown[]> = {};
  for (const key of listNames) {
    const list = options[key];
    if (list !== undefined) lists[key] = Object.freeze([...list]);
  }
  return lists;
}
