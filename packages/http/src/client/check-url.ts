import { HandoffError } from '@agent-handoff/core';

/** Which addresses may be called. */
export interface UrlRules {
  readonly allowHttp: boolean;
  /** Undefined: any; then the addresses that names lead to must be checked. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/**
 * The URL of the other side, without a slash at its end.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for one that must not be called.
 */
export function checkUrl(given: string | URL, { allowHttp, allowedOrigins }: UrlRules): string {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url === undefined) throw misconfigured('is none: pass the publicUrl of the other side');
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
    throw misconfigured('is not an https one: use https, or allow http with { allowHttp: true }');
  }
  if (url.username !== '' || url.password !== '') {
    throw misconfigured('has a user or a password in it: pass credentials in headers');
  }
  if (url.search !== '' || url.hash !== '') throw misconfigured('has a query or a fragment');
  if (
    allowedOrigins !== undefined &&
    !allowedOrigins.some((origin) => originOf(origin) === url.origin)
  ) {
    throw misconfigured('is of none of the allowedOrigins: add its origin, if it is to be called');
  }
  return url.href.replace(/\/+$/, '');
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined;
}

/** Without the URL itself, which may hold a secret. */
function misconfigured(problem: string): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', `The url of a remote agent ${problem}.`);
}
