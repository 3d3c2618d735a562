import type { LanguageModel } from 'ai';

interface ClientSettings {
  readonly baseURL: string;
  readonly apiKey?: string;
  readonly headers?: Record<string, string>;
  readonly fetch?: typeof globalThis.fetch;
}

/** A provider's client: a model for each id. */
type Client = (modelId: string) => Exclude<LanguageModel, string>;

/** One version of the AI SDK with the provider clients that belong to it. */
export interface Sdk {
  /** What the AI SDK of this run calls itself on the wire. */
  readonly version: RegExp;
  compatible(
    settings: ClientSettings & {
      readonly includeUsage?: boolean;
      readonly supportsStructuredOutputs?: boolean;
    },
  ): Client;
  openai(settings: ClientSettings): Client;
  anthropic(settings: ClientSettings): Client;
}
