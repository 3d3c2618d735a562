/**
 * The caller's `toolChoice` is for whoever can make it: an agent that is not offered the tool that it
 * names, or no tool at all, chooses for itself.
 */
export function possibleChoice(
  { toolChoice }: { readonly toolChoice?: unknown },
  offered: readonly string[],
): { readonly toolChoice?: 'auto' } {
  const { toolName } = (toolChoice ?? {}) as { readonly toolName?: string };
  const isImpossible =
    toolName === undefined
      ? toolChoice === 'required' && offered.length === 0
      : !offered.includes(toolName);
  return isImpossible ? { toolChoice: 'auto' } : {};
}
