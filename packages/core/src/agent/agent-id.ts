import { agentIdPattern, userId } from '../context/agent-id.ts';
import { HandoffError } from '../errors/handoff-error.ts';

type Kept =
  // biome-ignore format: an alphabet
  | 'a'
  | 'b'
  | 'c'
  | 'd'
  | 'e'
  | 'f'
  | 'g'
  | 'h'
  | 'i'
  | 'j'
  | 'k'
  | 'l'
  | 'm'
  | 'n'
  | 'o'
  | 'p'
  | 'q'
  | 'r'
  | 's'
  | 't'
  | 'u'
  | 'v'
  | 'w'
  | 'x'
  | 'y'
  | 'z'
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | '_';

type SlugOf<Rest extends string, Done extends string> = Rest extends `${infer Char}${infer Next}`
  ? Char extends Kept
    ? SlugOf<Next, `${Done}${Char}`>
    : Done extends '' | `${string}-`
      ? SlugOf<Next, Done>
      : SlugOf<Next, `${Done}-`>
  : Done extends `${infer Trimmed}-`
    ? Trimmed
    : Done;

/** {@link slugAgentName} for the compiler. */
export type Slug<Name extends string> = string extends Name ? string : SlugOf<Lowercase<Name>, ''>;

/**
 * The id that a name gives, the same in every process: ASCII letters in lower case, digits and `_`
 * kept, every other run one `-`, none at the ends. `Billing & Refunds` gives `billing-refunds`.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a name with letters outside ASCII, or whose slug is
 * empty or longer than 51 characters: two such names could give one id. Pass an `id` there.
 */
export function slugAgentName(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-|-$/g, '');
  // Composed too, so that an accent by itself is as good as the letter that has it.
  if (/(?!\p{ASCII})\p{L}/u.test(name + name.normalize('NFC'))) {
    throw unusable(name, 'has letters outside ASCII');
  }
  if (!agentIdPattern.test(slug)) throw unusable(name, `gives the id "${slug}"`);
  return slug;
}

/**
 * The id itself where it is usable.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where it doesn't match {@link agentIdPattern} or is `user`.
 */
export function checkAgentId(id: string): string {
  if (typeof id !== 'string' || !agentIdPattern.test(id)) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `The agent id ${typeof id === 'string' ? JSON.stringify(id) : String(id)} is not usable: write 1 to 51 letters, digits, "_" or "-", beginning with a letter or digit.`,
      { details: { agentId: String(id) } },
    );
  }
  if (id.toLowerCase() === userId) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      'The agent id "user" is reserved for the person or program that begins a task: give the agent another id.',
      { details: { agentId: id } },
    );
  }
  return id;
}

function unusable(name: string, why: string): HandoffError {
  return new HandoffError(
    'INVALID_CONFIGURATION',
    `The agent name ${JSON.stringify(name)} ${why}, so it can't become an id: pass an explicit id beside the name.`,
    { details: { name } },
  );
}
