/** What a model is told of an error, the same with every version of the AI SDK. */
export function toErrorText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' && thrown !== '' ? thrown : 'The tool failed.';
}
