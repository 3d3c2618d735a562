/** One reason for which OpenAI's chat completions would refuse a request, in the fields of its error. */
export interface OpenAiProblem {
  readonly message: string;
  /** Where in the body, for example `messages.[2].tool_call_id`; null for the body as a whole. */
  readonly param: string | null;
  readonly code: string | null;
}

/** Notes a problem. */
export type ReportOpenAiProblem = (param: string | null, message: string, code?: string) => void;
