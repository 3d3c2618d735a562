/** What an error says, whatever was thrown: the same with every version of the AI SDK. */
export function toErrorText(thrown: unknown, otherwise: string): string {
  const { message, name } = (thrown ?? {}) as {
    readonly message?: unknown;
    readonly name?: unknown;
  };
  const said = typeof thrown === 'string' ? thrown : message || name;
  return typeof said === 'string' && said !== '' ? said : otherwise;
}
