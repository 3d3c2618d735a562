import type { AgentReport } from '@agent-handoff/core';
import { expect } from 'vitest';
import { checkTranscript } from '../transcript/check-transcript.ts';

/** Fails where a report is not what the port promises. */
export function expectReport(report: AgentReport): void {
  expect(['completed', 'incomplete', 'awaiting-approval']).toContain(report.status);
  expect(report.output).toBeTypeOf('string');
  expect(report.usage).toBeDefined();
  const { inputTokens, outputTokens, totalTokens, costUsd = 0 } = report.usage ?? {};
  for (const tokens of [inputTokens, outputTokens, totalTokens]) {
    expect(Number.isSafeInteger(tokens) && Number(tokens) >= 0, `usage: ${tokens} tokens`).toBe(
      true,
    );
  }
  expect(totalTokens).toBeGreaterThanOrEqual(Math.max(inputTokens ?? 0, outputTokens ?? 0));
  expect(Number.isFinite(costUsd) && costUsd >= 0, `usage: ${costUsd} dollars`).toBe(true);
  if (report.confidence !== undefined) {
    expect(report.confidence).toBeGreaterThanOrEqual(0);
    expect(report.confidence).toBeLessThanOrEqual(1);
  }
  // Reasoning may be in it: that is for the provider that made it.
  const problems = checkTranscript(report.messages ?? [], { excerpt: true });
  expect(problems.filter(({ kind }) => kind !== 'foreign')).toEqual([]);
  // What JSON loses would be lost in the record.
  expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
}
