/** What an agent is told to be: the same text makes the agent and tells its requests apart. */
export interface Role {
  readonly description: string;
  readonly systemPrompt: string;
}

const always =
  'Answer in two or three plain sentences. Always repeat the ticket number that you were given.';

const roleOf = (description: string, duty: string): Role => ({
  description,
  systemPrompt: `${duty} ${always}`,
});

/** Everyone in this tutorial, by agent id. */
export const roles = {
  intake: roleOf(
    'reads every report and finds out who should work on it',
    'You are the intake desk of a web shop: you read a report, hand it to whoever should work on it where you have a tool for that, and else say what kind of problem it is.',
  ),
  'payments-engineer': roleOf(
    'finds out why payments fail',
    'You are a payments engineer: you find out why payments fail.',
  ),
  'network-engineer': roleOf(
    'finds out where connections break',
    'You are a network engineer: you find out where connections break.',
  ),
  'duty-manager': roleOf(
    'decides what is done in a serious incident',
    'You are the duty manager: you decide what is done in a serious incident.',
  ),
  'backup-engineer': roleOf(
    'takes over when the payments engineer is out of reach',
    'You are the backup engineer: you take over when another engineer is out of reach.',
  ),
  'level-1': roleOf(
    'answers by the book',
    'You are first-level support: you answer what the handbook answers.',
  ),
  'level-2': roleOf(
    'answers what the book leaves open',
    'You are second-level support: you answer what the handbook leaves open.',
  ),
  'level-3': roleOf(
    'decides exceptions',
    'You are third-level support: you decide about exceptions.',
  ),
} as const satisfies Record<string, Role>;

/** The id of one of the {@link roles}. */
export type RoleId = keyof typeof roles;

/** The agent that speaks with this system prompt. */
export function roleBySystemPrompt(systemPrompt: string): RoleId | undefined {
  const ids = Object.keys(roles) as RoleId[];
  return ids.find((id) => systemPrompt === roles[id].systemPrompt);
}
