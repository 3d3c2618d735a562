import type { ContextFilter, HandedOn } from './context-filter.ts';
import type { Json } from './json.ts';

/** Which findings stay: these keys, or those for which the function says so. */
export type FindingChoice = readonly string[] | ((key: string, value: Json) => boolean);

/** Hands on these findings and no others. Everything else stays. */
export function pickFindings(choice: FindingChoice): ContextFilter {
  return { context: (handedOn) => ({ ...handedOn, findings: chosen(handedOn, choice) }) };
}

/**
 * Hands on findings, all or those chosen, and nothing else of the past: no messages, no summary, no
 * progress, no snapshot. Task, instructions and payload are not the past; they stay.
 */
export function onlyFindings(choice: FindingChoice = () => true): ContextFilter {
  return {
    conversation: () => [],
    context: (handedOn) => ({
      findings: chosen(handedOn, choice),
      keyMessages: [],
      stateSnapshot: {},
    }),
  };
}

function chosen({ findings }: HandedOn, choice: FindingChoice): HandedOn['findings'] {
  const stays =
    typeof choice === 'function' ? choice : (key: string): boolean => choice.includes(key);
  return Object.fromEntries(Object.entries(findings).filter(([key, value]) => stays(key, value)));
}
