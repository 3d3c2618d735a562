import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

type Schema = { readonly $ref?: string } & Record<string, unknown>;
interface Answer {
  readonly $ref?: string;
  readonly content?: Record<string, { readonly schema: Schema }>;
}
interface Operation {
  readonly responses: Record<string, Answer>;
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}

/** `openapi.yaml`, as far as it is read here. */
export const apiDescription = parse(
  readFileSync(join(import.meta.dirname, '../openapi.yaml'), 'utf8'),
) as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly responses: Record<string, Answer> };
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'api', components: apiDescription.components });
const compiled = new Map<string, ValidateFunction>();

/** Which operations were answered as described, by now: `GET /handoffs/{id} 200`. */
export const answeredAsDescribed = new Set<string>();

/**
 * Holds an answer to the description.
 *
 * @throws Error that says how they differ.
 */
export async function checkAnswer(method: string, url: string, response: Response): Promise<void> {
  const path = pathOf(new URL(url).pathname);
  const operation = path && apiDescription.paths[path]?.[method.toLowerCase()];
  if (!path || !operation) return;
  const place = `${method} ${path} ${response.status}`;
  const answer = resolve(operation.responses[response.status] ?? operation.responses['default']);
  const isDescribed = operation.responses[response.status] !== undefined || response.status >= 400;
  if (!answer || !isDescribed) throw new Error(`${place} is not described`);
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const schema = answer.content?.[type]?.schema;
  if (answer.content && !schema) throw new Error(`${place}: "${type}" is not described`);
  if (type === 'text/event-stream') {
    answeredAsDescribed.add(`${place} ${type}`);
    return;
  }
  if (schema) check(schema, JSON.parse(await response.clone().text()), place);
  answeredAsDescribed.add(place);
}

/** Holds a value to a schema of the description. */
export function check(schema: Schema, value: unknown, place: string): void {
  const key = JSON.stringify(schema);
  const validate = compiled.get(key) ?? ajv.compile(absolute(schema));
  compiled.set(key, validate);
  if (validate(value)) return;
  const problems = validate.errors?.map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
  throw new Error(`${place} is not as described: ${problems?.join('; ')}`);
}

/** The described path of an address below some base; undefined for one that is not there. */
function pathOf(pathname: string): string | undefined {
  return Object.keys(apiDescription.paths).find((path) =>
    new RegExp(`${path.replace('{id}', '[A-Za-z0-9][A-Za-z0-9._:-]*')}$`).test(pathname),
  );
}

function resolve(answer: Answer | undefined): Answer | undefined {
  const name = answer?.$ref?.split('/').at(-1);
  return name === undefined ? answer : apiDescription.components.responses[name];
}

function absolute(schema: Schema): Schema {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components', '"api#/components'),
  ) as Schema;
}
