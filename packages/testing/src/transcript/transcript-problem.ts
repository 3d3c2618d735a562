/** The providers whose rules the check knows. */
export const transcriptProviders = ['openai', 'anthropic', 'gemini'] as const;

/** One of {@link transcriptProviders}. */
export type TranscriptProvider = (typeof transcriptProviders)[number];

/** What can be wrong with a transcript. */
export type TranscriptProblemKind =
  /** No messages, a message without parts, a blank text. */
  | 'empty'
  /** A system message: what instructs a model is the request's system prompt. */
  | 'system-message'
  /** A part in a message of a role that can't hold it. */
  | 'misplaced-part'
  /** A call that isn't answered directly after its message. */
  | 'orphan-call'
  /** A result that doesn't follow its call directly. */
  | 'orphan-result'
  /** Two calls of one id, or two results for one call. */
  | 'duplicate-id'
  /** Results in another order than their calls. */
  | 'result-order'
  | 'bad-id'
  | 'bad-tool-name'
  | 'bad-arguments'
  | 'bad-name'
  /** Media that isn't Base64, or an address that is none. */
  | 'bad-media'
  /** Text with half a surrogate pair. */
  | 'bad-text'
  /** Reasoning, uploaded files or metadata of another provider. */
  | 'foreign'
  /** A conversation that begins, goes on or ends with the wrong role. */
  | 'role-order';

/** One thing that a provider would refuse. */
export interface TranscriptProblem {
  readonly kind: TranscriptProblemKind;
  /** The message's place, from 0; -1 for the transcript as a whole. */
  readonly index: number;
  /** What is wrong, with the place, in one sentence. */
  readonly message: string;
}
