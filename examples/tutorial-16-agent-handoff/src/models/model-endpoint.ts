/** One request to the models, and what came back. */
export interface Exchange {
  /** The system message: it tells which agent asked. */
  readonly systemPrompt: string;
  /** The whole body that was sent. */
  readonly request: string;
  /** The answer, or the body that holds it. */
  readonly answer: string;
}

/** An OpenAI-compatible API, with a log of what was asked there. */
export interface ModelEndpoint extends AsyncDisposable {
  readonly name: string;
  readonly baseUrl: string;
  /** Who kept the log, in words. */
  readonly logKeeper: string;
  /** What the client sends its requests with; absent for the global one. */
  readonly fetch?: typeof fetch;
  /** Oldest first. */
  exchanges(): readonly Exchange[];
}

interface ChatRequest {
  readonly messages?: readonly { readonly role?: string; readonly content?: unknown }[];
}

/** The system message of a chat request; empty where it has none. */
export function systemPromptOf({ messages = [] }: ChatRequest): string {
  const content = messages.find(({ role }) => role === 'system')?.content;
  return typeof content === 'string' ? content : '';
}
