/** What model calls consumed. */
export interface Usage {
  /** United States dollars, where known. */
  readonly costUsd?: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
}

/** Nothing consumed. */
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** The sum of two usages, no more than a safe integer; the cost is present where either has one. */
export function addUsage(a: Usage, b: Usage | undefined): Usage {
  if (b === undefined) return a;
  return {
    ...(a.costUsd === undefined && b.costUsd === undefined
      ? {}
      : { costUsd: sum(a.costUsd ?? 0, b.costUsd ?? 0) }),
    inputTokens: sum(a.inputTokens, b.inputTokens),
    outputTokens: sum(a.outputTokens, b.outputTokens),
    totalTokens: sum(a.totalTokens, b.totalTokens),
  };
}

function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
