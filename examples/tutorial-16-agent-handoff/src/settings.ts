/** Where the tutorial's models are, as the environment says. */
export interface Settings {
  /** The base URL of an OpenAI-compatible API; undefined for the server on this machine. */
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  readonly model: string;
  /** The faster second slot; `model` where the environment names none. */
  readonly modelB: string;
}

/** The most tokens that one model call may write. */
export const maxOutputTokens = 2000;

/**
 * Reads `OPENAI_BASE_URL`, `OPENAI_API_KEY`, `MODEL` and `MODEL_B`; an empty one counts as absent.
 *
 * @throws Error where the base URL is not a URL, or comes without a model.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const baseUrl = read('OPENAI_BASE_URL');
  const model = read('MODEL');
  if (baseUrl !== undefined && !isBaseUrl(baseUrl)) {
    throw new Error('OPENAI_BASE_URL is no base URL: write it like https://host/v1, and no more.');
  }
  if (baseUrl !== undefined && model === undefined) {
    throw new Error('OPENAI_BASE_URL is set, but MODEL is not: name the model to ask.');
  }
  const slotA = model ?? 'demo-model';
  return {
    baseUrl,
    apiKey: read('OPENAI_API_KEY'),
    model: slotA,
    modelB: read('MODEL_B') ?? slotA,
  };
}

/** Whether paths can be put behind it. A user, a password or a query would also be shown. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return `${url.username}${url.password}${url.search}${url.hash}` === '';
}
