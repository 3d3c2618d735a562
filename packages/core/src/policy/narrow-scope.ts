/** The scope that allows everything. */
export const everything: readonly string[] = ['*'];

/** What both scopes allow; absent is everything. */
export function narrowScope(
  scope: readonly string[],
  narrower: readonly string[] | undefined,
): readonly string[] {
  if (narrower === undefined || narrower.includes('*')) return scope;
  if (scope.includes('*')) return narrower;
  return scope.filter((name) => narrower.includes(name));
}
