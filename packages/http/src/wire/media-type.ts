/** A `HandoffContext` as it is, in a body of its own. */
export const contextMediaType = 'application/vnd.handoff+json';

interface MediaType {
  /** Lower case, without parameters. */
  readonly essence: string;
  /** Lower case; undefined where none is named. */
  readonly charset: string | undefined;
}

/** A `content-type` header taken apart (RFC 9110 section 8.3). */
export function fromContentType(header: string | null): MediaType {
  if (header !== null && !header.includes(';')) {
    return { essence: header.trim().toLowerCase(), charset: undefined };
  }
  const [essence = '', ...parameters] = (header ?? '').split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(parameter)?.[1])
    .find((value) => value !== undefined);
  return { essence: essence.trim().toLowerCase(), charset: charset?.toLowerCase() };
}

/** Whether an `accept` header names a media type (RFC 9110 section 12.5.1); wildcards don't name any. */
export function accepts(header: string | null, essence: string): boolean {
  if (header === null) return false;
  return header.split(',').some((range) => {
    const { essence: named } = fromContentType(range);
    return named === essence && !/;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/i.test(range);
  });
}
