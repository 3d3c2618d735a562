import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { toJsonSchema } from '../agent/json-schema.ts';
import type { HandoffReason } from '../context/handoff-reason.ts';
import type { JsonObject } from '../context/json.ts';

/** What a model can do with another agent. */
export type Verb = 'transfer' | 'delegate' | 'escalate';

/** One handoff tool as a model sees it, before it is bound to a run. */
export interface HandoffToolSpec {
  readonly verb: Verb;
  readonly target: string;
  readonly reason: HandoffReason;
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

const verbs = [
  { verb: 'transfer', list: 'canTransferTo' },
  { verb: 'delegate', list: 'canDelegateTo' },
  { verb: 'escalate', list: 'canEscalateTo' },
] as const;

const reasons: Readonly<Record<Verb, HandoffReason>> = {
  transfer: 'specialization',
  delegate: 'delegation',
  escalate: 'escalation',
};

const purposes: Readonly<Record<Verb, string>> = {
  transfer: 'Hand the conversation over to',
  delegate: 'Give a piece of work to',
  escalate: 'Raise the conversation to a higher authority:',
};

const consequences: Readonly<Record<Verb, string>> = {
  transfer: 'It takes over from here; you will not speak again.',
  delegate: 'You get its answer and carry on.',
  escalate: 'It takes over from here; you will not speak again.',
};

/** One tool for each of the agent's declared paths and verbs. */
export function handoffToolSpecs(
  source: HandoffAgent,
  agents: Pick<ReadonlyMap<string, HandoffAgent>, 'get'>,
): readonly HandoffToolSpec[] {
  return verbs.flatMap(({ verb, list }) =>
    // Paths lead to agents that are there: that was checked when the manager was made.
    (source[list] ?? []).map((id) => handoffToolSpec(verb, agents.get(id) as HandoffAgent)),
  );
}

/** The tool by which a model does this with that agent. */
export function handoffToolSpec(verb: Verb, target: HandoffAgent): HandoffToolSpec {
  const { id, name, description } = target;
  const who = description === undefined ? name : `${name} (${description})`;
  return {
    verb,
    target: id,
    reason: reasons[verb],
    name: `${verb}_to_${id}`,
    description: `${purposes[verb]} ${who}. ${consequences[verb]}`,
    inputSchema: inputSchemaFor(verb, target),
  };
}

function inputSchemaFor(verb: Verb, target: HandoffAgent): JsonObject {
  const text = (description: string): JsonObject => ({ type: 'string', description });
  const properties: Record<string, JsonObject> = {
    task:
      verb === 'delegate'
        ? text('The work, in your own words, with all that is needed to do it.')
        : text('What is to be done next, in your own words.'),
    instructions: text('How it is to be done, where that matters.'),
  };
  const required = verb === 'delegate' ? ['task'] : [];
  let definitions: JsonObject | undefined;
  if (target.payloadSchema) {
    const { $defs, $schema: _, ...schema } = toJsonSchema(target.payloadSchema, target.id);
    const hoisted = hoist(schema, $defs as JsonObject | undefined);
    properties.payload = hoisted.schema;
    definitions = hoisted.$defs;
    required.push('payload');
  }
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(definitions === undefined ? {} : { $defs: definitions }),
  };
}

/** A schema that is put inside another one: its references go from the root, so its definitions move there. */
function hoist(
  schema: JsonObject,
  $defs: JsonObject | undefined,
): { schema: JsonObject; $defs: JsonObject | undefined } {
  if (!JSON.stringify([schema, $defs]).includes('"$ref":"#"')) return { schema, $defs };
  const named = JSON.parse(
    JSON.stringify({ ...$defs, payload: schema }).replaceAll(
      '"$ref":"#"',
      '"$ref":"#/$defs/payload"',
    ),
  ) as JsonObject;
  return { schema: { $ref: '#/$defs/payload' }, $defs: named };
}
