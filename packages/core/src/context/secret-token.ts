import { redactedText } from './plain-json.ts';

/** A password in a URL is the shortest secret: `://:x@`. */
const minTokenLength = 6;

/**
 * Something of each shape below: what text without secrets has to be searched for. Not their
 * beginnings: prose is searched twice as fast for the ends of those, which are rarer in it.
 */
const sign =
  /sk[-_]|rk_|h[opsur]_|hf_|pm_|pat[-_]|app-|ox[abeoprs]-|eyJ|A[KS]IA|AIza|[Rr][Ee][Rr] |[Ss][Ii][Cc] |:\/\/|--B/;

/**
 * One alternative per shape. All are linear: every one begins where no token character stands before
 * it, so that no run of characters is scanned from more than one place.
 */
const token = new RegExp(
  [
    // OpenAI, Anthropic, OpenRouter and others: sk-…, sk-proj-…, sk-ant-…
    'sk-[\\w-]{16,}',
    // Stripe
    '[sr]k_(?:live|test)_[A-Za-z0-9]{10,}',
    // GitHub and GitLab
    'gh[opsur]_[A-Za-z0-9]{20,}',
    'github_pat_\\w{20,}',
    'glpat-[\\w-]{16,}',
    // Amazon Web Services: access key ids
    'A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9+/=])',
    // Google
    'AIza[\\w-]{35}(?![\\w+/=-])',
    // Slack
    'xox[abeoprs]-[A-Za-z0-9-]{10,}',
    'xapp-[A-Za-z0-9-]{10,}',
    // npm and Hugging Face
    'npm_[A-Za-z0-9]{30,}',
    'hf_[A-Za-z0-9]{20,}',
    // JSON Web Tokens (RFC 7519), signed or encrypted
    'eyJ[\\w-]{6,}\\.[\\w-]{6,}\\.[\\w.-]*',
  ]
    .map((shape) => `(?:${shape})`)
    .join('|')
    .replace(/^/, '(?<![A-Za-z0-9+/_-])(?:')
    .replace(/$/, ')'),
  'g',
);

/** The credentials of an HTTP Authorization header (RFC 6750, RFC 7617). */
const authorization = /(?<![A-Za-z0-9])(bearer|basic) {1,4}[\w.~+/-]{16,}={0,2}/gi;

/** A password in a URL (RFC 3986 section 3.2.1). */
const urlPassword = /:\/\/([^\s:/?#@]{0,128}):[^\s/?#@]{1,256}@/g;

/** RFC 7468, with the headers of older encrypted keys; a key that is cut off counts as one. */
const privateKey =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s{0,4}Proc-Type:[^\n]{0,100}\s{0,4}DEK-Info:[^\n]{0,100})?(?:[^-]*-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[\sA-Za-z0-9+/=\\]*)/g;

/** True for text in which {@link hideTokens} finds nothing; false says only that it has to look. */
export function hidesNothing(text: string): boolean {
  return text.length < minTokenLength || !sign.test(text);
}

/** The text with well-known token shapes replaced. Takes linear time. */
export function hideTokens(text: string): string {
  let shown = text.replace(token, redactedText).replace(authorization, `$1 ${redactedText}`);
  if (shown.includes('://')) shown = shown.replace(urlPassword, `://$1:${redactedText}@`);
  if (shown.includes('-----BEGIN')) shown = shown.replace(privateKey, redactedText);
  return shown;
}
