import type { Json } from '../context/json.ts';
import { checkOptions } from '../errors/check-options.ts';
import {
  createHandoffAgent,
  type HandoffAgentOptions,
  type NoOthers,
} from './create-handoff-agent.ts';
import type { HandoffAgent } from './handoff-agent.ts';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';

/** What {@link createPersonAgent} takes. */
export interface PersonAgentOptions {
  readonly id: string;
  /** Default: the id. */
  readonly name?: string;
  /** What the person is asked for: read by models that choose a target. */
  readonly description?: string;
  readonly payloadSchema?: StandardSchema;
  /** The structured answer that the person gives. */
  readonly dataSchema?: StandardSchema;
}

type PayloadOf<Options> = Options extends { readonly payloadSchema: infer Schema }
  ? SchemaInput<Schema>
  : Json | undefined;
type DataOf<Options> = Options extends { readonly dataSchema: infer Schema }
  ? SchemaOutput<Schema>
  : undefined;

/**
 * A person as an agent: a handoff to it is recorded and waits, and nothing stays resident, until
 * `manager.resume` brings the answer, in any process. Approving it without an answer completes it too.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` as `createHandoffAgent` does.
 *
 * @example
 * const lead = createPersonAgent({ id: 'finance-lead', description: 'Decides refunds above 500' });
 */
export function createPersonAgent<const Options extends PersonAgentOptions>(
  options: Options & NoOthers<Options, PersonAgentOptions>,
): HandoffAgent<Options['id'], PayloadOf<Options>, DataOf<Options>> {
  checkOptions('A person', options, optionNames);
  const { withModel: _, ...person } = createHandoffAgent(options as HandoffAgentOptions);
  return Object.freeze({
    ...person,
    receiveHandoff: async (_context, { approval } = {}) =>
      approval
        ? {
            status: 'completed',
            output: approval.by === undefined ? 'Approved.' : `Approved by ${approval.by}.`,
            confidence: 1,
          }
        : { status: 'awaiting-approval', output: '' },
  } satisfies HandoffAgent) as unknown as ReturnType<typeof createPersonAgent<Options>>;
}

const optionNames = {
  id: true,
  name: true,
  description: true,
  payloadSchema: true,
  dataSchema: true,
} satisfies Record<keyof PersonAgentOptions, true>;
