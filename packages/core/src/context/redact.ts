import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Redactor, redactedText } from './plain-json.ts';
import { hidesNothing, hideTokens } from './secret-token.ts';

/** What is redacted beyond the defaults; `false` turns redaction off. */
export type RedactOption =
  | false
  | {
      /**
       * More keys whose values are secrets. A string is compared without case and separators
       * (`customerPin` is also `customer_pin`), a regular expression is tested on the key as it is.
       */
      readonly keys?: readonly (string | RegExp)[];
      /** More texts that are secrets wherever they occur. Keep them linear: they see all text. */
      readonly patterns?: readonly RegExp[];
    };

const optionNames = { keys: true, patterns: true } satisfies Record<
  keyof Exclude<RedactOption, false>,
  true
>;

/** Names of secrets, as the end of a key without case and separators: `OPENAI_API_KEY`, `dbPassword`. */
const secretName =
  /(?:passwords?|passwd|pwd|passphrase|passwordhash|secrets?|apikeys?|accesskeys?|secretkeys?|privatekeys?|signingkeys?|encryptionkeys?|credentials?|authorization|(?:^|set|session|auth)cookies?|connectionstring|(?:access|refresh|auth|bearer)tokens|token)$/;

/** Keys that end in `token` and hold no secret: places in a list and in a model's vocabulary. */
const harmlessToken =
  /(?:page|next|continuation|first|last|per|max|eos|bos|pad|stop|unk|mask)token$/;

/** The keys of one redactor are few and repeat, so each is judged once. */
const maxKnownKeys = 1_000;

/** Keys longer than this are not names. */
const maxKeyLength = 256;

/**
 * A redactor with the defaults and `option` on top. By default it replaces, by `[redacted]`:
 * - whatever stands under a key that names a secret (`password`, `apiKey`, `client_secret`,
 *   `authorization`, `accessToken`, …; not `maxTokens` or `totalTokens`), null and booleans excepted;
 * - well-known shapes of tokens in any text: keys of OpenAI, Anthropic, GitHub, GitLab, AWS, Google,
 *   Slack, Stripe, npm and Hugging Face, JWTs, `Bearer …`, PEM private keys, passwords in URLs.
 *
 * It keeps no state between calls, whatever flags a pattern has.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an option of another shape.
 */
export function createRedactor(option: RedactOption = {}): Redactor {
  if (option === false) return { isSecretKey: () => false, text: (text) => text };
  checkOptions('redact', option, optionNames);
  const { keys = [], patterns = [] } = option;
  const names = new Set<string>();
  const keyPatterns: RegExp[] = [];
  for (const key of keys) {
    if (typeof key === 'string') names.add(plainName(key));
    else keyPatterns.push(stateless(key));
  }
  const textPatterns = patterns.map((pattern) => stateless(pattern, 'g'));
  const known = new Map<string, boolean>();

  const judge = (key: string): boolean => {
    const name = plainName(key);
    if (names.has(name)) return true;
    if (secretName.test(name) && !harmlessToken.test(name)) return true;
    return keyPatterns.some((pattern) => pattern.test(key));
  };

  return {
    isSecretKey(key) {
      const before = known.get(key);
      if (before !== undefined) return before;
      if (key.length > maxKeyLength) return keyPatterns.some((pattern) => pattern.test(key));
      if (known.size >= maxKnownKeys) known.clear();
      const secret = judge(key);
      known.set(key, secret);
      return secret;
    },
    text(text) {
      let shown = hidesNothing(text) ? text : hideTokens(text);
      for (const pattern of textPatterns) shown = shown.replace(pattern, () => redactedText);
      return shown;
    },
  };
}

/** The redactor of contexts that are made without one. */
export const defaultRedactor: Redactor = createRedactor();

const plainName = (key: string): string => key.toLowerCase().replace(/[\s_.:-]/g, '');

/** A copy without the flags that make `test` and `replace` depend on earlier calls. */
function stateless(pattern: unknown, flags = ''): RegExp {
  if (!(pattern instanceof RegExp)) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `redact: ${typeof pattern} is neither a string nor a regular expression. Pass { keys, patterns }.`,
    );
  }
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '') + flags);
}
