import type { Json, JsonObject } from '../context/json.ts';
import type { Failure } from './open-input.ts';

/**
 * Findings with an agent's own added under its id: what it reported, else what it answered, if
 * anything. A second visit is filed under `<id>#2`, so that nothing is overwritten.
 */
export function fileFindings(
  findings: JsonObject,
  agentId: string,
  reported: JsonObject | undefined,
  output: string,
): JsonObject {
  const reports = reported !== undefined && Object.keys(reported).length > 0;
  if (!reports && output.trim() === '') return findings;
  const filed: Record<string, Json> = { ...findings };
  filed[findingKey(findings, agentId)] = reports ? reported : output;
  return filed;
}

/** Findings with what failed before, each under its agent's id: what is known of the agent stays. */
export function fileFailures(
  findings: JsonObject | undefined,
  failures: readonly Failure[],
): JsonObject {
  const filed: Record<string, Json> = { ...findings };
  for (const { agentId, failed, message } of failures) {
    filed[findingKey(filed, agentId)] = { failed, message };
  }
  return filed;
}

/** Where the next finding of an agent goes. */
export function findingKey(findings: JsonObject, agentId: string): string {
  let key = agentId;
  for (let visit = 2; Object.hasOwn(findings, key); visit++) key = `${agentId}#${visit}`;
  return key;
}
