/** Why work is handed on. */
export const handoffReasons = [
  'specialization',
  'escalation',
  'delegation',
  'completion',
  'failure',
] as const;

/** One of {@link handoffReasons}. */
export type HandoffReason = (typeof handoffReasons)[number];

const descriptions: Readonly<Record<HandoffReason, string>> = {
  specialization: 'The target is better equipped for this task',
  escalation: 'The issue needs more authority or expertise',
  delegation: 'A sub-task is handed out and its answer awaited',
  completion: 'The work is done and goes back to the previous holder',
  failure: 'The agent failed and another one takes over',
};

/** One sentence a person understands, without a full stop. */
export function describeReason(reason: HandoffReason): string {
  return descriptions[reason];
}

/** Whether `value` is one of {@link handoffReasons}. */
export function isHandoffReason(value: unknown): value is HandoffReason {
  return (handoffReasons as readonly unknown[]).includes(value);
}
