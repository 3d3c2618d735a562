import type { HandoffContext } from '../context/handoff-context.ts';
import { leastTrusted, type Origin } from '../context/origin.ts';
import type { HandoffState } from '../record/task-state.ts';
import type { OpenInput } from './open-input.ts';
import type { ParentHandoff } from './parent-handoff.ts';

/**
 * Where the content comes from: what a task began with stays unverified in every handoff that takes it
 * over, however it is handed on.
 */
export function originOf(
  input: OpenInput,
  parent: ParentHandoff | undefined,
  { findings }: HandoffContext,
): Pick<OpenInput, 'origin' | 'findingOrigins'> {
  const before = parent?.handoff.requested;
  if (!before || input.whole) return input;
  const asked = input.asked ? parent.outcome?.origin : undefined;
  const origin = leastTrusted(leastTrusted(input.origin, before.origin), asked ?? 'own');
  const handedDown = input.parentIds.map(
    (id) => (parent.task.handoffs.get(id) as HandoffState).newest.findingOrigins,
  );
  const known = Object.assign({}, before.findingOrigins, ...handedDown, input.findingOrigins);
  const kept = Object.keys(findings).flatMap((key): [string, Origin][] => {
    // What several branches of one agent found is told apart by a number, which lends no trust.
    const like: Origin | undefined = known[key.replace(/#\d+$/, '')];
    const of: Origin | undefined = known[key] ?? (like && leastTrusted(origin, like));
    return of === undefined || of === origin ? [] : [[key, of]];
  });
  return kept.length === 0 ? { origin } : { origin, findingOrigins: Object.fromEntries(kept) };
}
