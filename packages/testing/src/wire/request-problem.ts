/** One reason for which a provider would answer HTTP 400 to a request. */
export interface RequestProblem {
  /** In the provider's own words, where they are known. */
  readonly message: string;
  /** Where in the body, as the provider writes it; null for the body as a whole. */
  readonly param: string | null;
  /** OpenAI's code of the error; null where there is none. */
  readonly code: string | null;
}

/** Notes a problem. */
export type ReportProblem = (param: string | null, message: string, code?: string) => void;

/** Runs a check that reports, and gives what it reported. */
export function problemsOf(check: (report: ReportProblem) => void): readonly RequestProblem[] {
  const problems: RequestProblem[] = [];
  check((param, message, code) => void problems.push({ message, param, code: code ?? null }));
  return problems;
}
