import type { Limits, RequestOptions } from '@agent-handoff/core';
import type { Permission } from './handler-options.ts';

/** How far the work of a permission may go: nothing that came over HTTP is the application's own. */
export function boundsOf(
  permission: Permission,
  ...limits: readonly (Partial<Limits> | undefined)[]
): Pick<RequestOptions, 'origin' | 'limits'> {
  const origin = permission.origin === 'verified' ? 'verified' : 'unverified';
  const tightest: { [name: string]: number } = {};
  for (const given of [...limits, permission.limits]) {
    for (const [name, bound] of Object.entries<number | undefined>(given ?? {})) {
      // As good as absent: JavaScript, and most projects' types, let it be written.
      if (bound === undefined) continue;
      tightest[name] = Math.min(tightest[name] ?? Number.POSITIVE_INFINITY, bound);
    }
  }
  return Object.keys(tightest).length === 0 ? { origin } : { origin, limits: tightest };
}

/** What of an asked scope a permission grants; `*` is everything. */
export function grantScope(asked: readonly string[], { scope }: Permission): readonly string[] {
  if (scope === undefined || scope.includes('*')) return asked;
  return asked.includes('*') ? scope : asked.filter((name) => scope.includes(name));
}
