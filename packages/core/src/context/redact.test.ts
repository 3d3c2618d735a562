import { describe, expect, it } from 'vitest';
import { HandoffError } from '../errors/handoff-error.ts';
import { plainCopy } from './plain-json.ts';
import { createRedactor, defaultRedactor } from './redact.ts';

// In two pieces, so that no scanner takes this file for a leak.
const tokens: readonly (readonly [string, string, string])[] = [
  ['OpenAI', 'sk-', 'proj-abcdefghijklmnopqrstuvwxyz0123456789'],
  ['OpenAI, old', 'sk-', 'abcdefghijklmnopqrstT3BlbkFJabcdefghijkl'],
  ['Anthropic', 'sk-ant-', 'api03-abcdefghijklmnopqrstuvwxyz0123_-AA'],
  ['Stripe', 'sk_live_', '51Habcdefghijklmnopqrstu'],
  ['Stripe, restricted', 'rk_test_', '51Habcdefghijklmnopqrstu'],
  ['GitHub', 'ghp_', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ'],
  ['GitHub OAuth', 'gho_', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ'],
  ['GitHub, fine-grained', 'github_pat_', '11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz'],
  ['GitLab', 'glpat-', 'abcdefghijklmnopqrst'],
  ['AWS', 'AKIA', 'IOSFODNN7EXAMPLE'],
  ['AWS, temporary', 'ASIA', 'IOSFODNN7EXAMPLE'],
  ['Google', 'AIza', 'SyA1234567890abcdefghijklmnopqrstuv'],
  ['Slack', 'xoxb-', '123456789012-abcdefGHIJKL'],
  ['Slack, app', 'xapp-', '1-A0123456789-1234567890'],
  ['npm', 'npm_', 'abcdefghijklmnopqrstuvwxyz0123456789'],
  ['Hugging Face', 'hf_', 'abcdefghijklmnopqrstuvwxyzABCDEFGH'],
  ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.', 'eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'],
];

describe('createRedactor', () => {
  it.each(tokens)('replaces a token of %s wherever it stands', (_, head, tail) => {
    const secret = head + tail;
    expect(defaultRedactor.text(secret)).toBe('[redacted]');
    expect(defaultRedactor.text(`key=${secret}, "${secret}"\nnext`)).toBe(
      'key=[redacted], "[redacted]"\nnext',
    );
    expect(JSON.stringify(plainCopy({ a: [`x ${secret}`] }, { redact: defaultRedactor }))).toBe(
      '{"a":["x [redacted]"]}',
    );
  });

  it('replaces credentials in headers and URLs, and private keys', () => {
    expect(defaultRedactor.text('Authorization: Bearer abcdefghijklmnop.qrst=')).toBe(
      'Authorization: Bearer [redacted]',
    );
    expect(defaultRedactor.text('authorization: BEARER abcdefghijklmnop')).toBe(
      'authorization: BEARER [redacted]',
    );
    expect(defaultRedactor.text('Bearer    abcdefghijklmnop')).toBe('Bearer [redacted]');
    expect(defaultRedactor.text('BASIC dXNlcjpwYXNzd29yZDEy')).toBe('BASIC [redacted]');
    expect(defaultRedactor.text('bEARER dXNlcjpwYXNzd29yZDEy')).toBe('bEARER [redacted]');
    expect(defaultRedactor.text('Authorization: Basic dXNlcjpwYXNzd29yZDEy')).toBe(
      'Authorization: Basic [redacted]',
    );
    expect(defaultRedactor.text('a://b:c@d')).toBe('a://b:[redacted]@d');
    expect(defaultRedactor.text('://:x@')).toBe('://:[redacted]@');
    expect(defaultRedactor.text('postgres://app:hunter2@db:5432/x?a=b')).toBe(
      'postgres://app:[redacted]@db:5432/x?a=b',
    );
    const label = (edge: string, kind: string) => `-----${edge} ${kind}PRIVATE KEY-----`;
    for (const kind of ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ']) {
      const pem = `${label('BEGIN', kind)}\nMIIEvQIBADANBg\nkqhkiG9w0=\n${label('END', kind)}`;
      expect(defaultRedactor.text(`a ${pem} b`)).toBe('a [redacted] b');
    }
    const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\n';
    expect(
      defaultRedactor.text(`${label('BEGIN', 'RSA ')}\n${headers}MIIE\n${label('END', 'RSA ')}.`),
    ).toBe('[redacted].');
    expect(defaultRedactor.text(`${label('BEGIN', '')}\nMIIEvQIBADANBg`)).toBe('[redacted]');
    // As a key stands in YAML, and on Windows.
    for (const lineBreak of ['\n  ', '\r\n']) {
      const lines = [label('BEGIN', 'RSA '), ...headers.trim().split('\n'), '', 'MIIE'];
      const indented = [...lines, label('END', 'RSA ')].join(lineBreak);
      expect(defaultRedactor.text(`key: ${indented}.`)).toBe('key: [redacted].');
    }
  });

  it.each([
    'The task-management desk asked about the risk-assessment of skating',
    'See https://example.com:8443/a@b and mail ann@example.com',
    'monkey_live_stream, ask_live_agent, sk-12, hf_ and npm_config_registry',
    'commit 3f2a9c0e, order AKIA-1, eyJ is how JWTs begin',
    'Bearer bonds are rare; basic understanding is enough',
    'A -----BEGIN CERTIFICATE----- is public',
    'c2stYW50LWFwaTAzLWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMw==',
  ])('leaves ordinary text alone: %s', (text) => {
    expect(defaultRedactor.text(text)).toBe(text);
  });

  it.each([
    ...['password', 'Password', 'db_password', 'passwd', 'PASSPHRASE', 'secret', 'client-secret'],
    ...['apiKey', 'api_key', 'OPENAI_API_KEY', 'x-api-key', 'authorization', 'Proxy-Authorization'],
    ...[
      'token',
      'access_token',
      'refreshToken',
      'id token',
      'GITHUB_TOKEN',
      'cookie',
      'Set-Cookie',
    ],
    ...['pwd', 'passwords', 'passwordHash', 'secrets', 'apiKeys', 'accessKeys', 'secretKey'],
    ...['secretKeys', 'privateKeys', 'signingKey', 'signingKeys', 'encryptionKey'],
    ...['encryptionKeys', 'credential', 'cookies', 'setCookies', 'sessionCookie', 'authCookies'],
    ...['refreshTokens', 'authTokens', 'bearerTokens'],
    ...[
      'next_token_secret',
      'privateKey',
      'aws.secret.access.key',
      'credentials',
      'connectionString',
      'accessTokens',
    ],
  ])('takes what stands under %s for a secret', (key) => {
    expect(plainCopy({ [key]: 'x' }, { redact: defaultRedactor })).toEqual({ [key]: '[redacted]' });
    expect(plainCopy({ [key]: { a: 1 } }, { redact: defaultRedactor })).toEqual({
      [key]: '[redacted]',
    });
  });

  it.each([
    ...['tokens', 'maxTokens', 'max_tokens', 'totalTokens', 'inputTokens', 'completion_tokens'],
    ...[
      'tokenCount',
      'tokenizer',
      'nextPageToken',
      'next_token',
      'timeToFirstToken',
      'costPerToken',
    ],
    ...[
      'key',
      'keys',
      'keyMessages',
      'primaryKey',
      'author',
      'authorized',
      'secretary',
      'passenger',
    ],
    ...[
      'keyboard',
      'cookieConsent',
      'myCookies',
      'passwordless',
      'tokenized',
      'compass',
      'x'.repeat(300),
    ],
  ])('keeps what stands under %s', (key) => {
    const value = { [key]: 'x', other: 7 };
    expect(plainCopy(value, { redact: defaultRedactor })).toEqual(value);
  });

  it('takes more keys and patterns, and keeps the defaults', () => {
    const redactor = createRedactor({
      keys: ['customer_pin', /^iban/i],
      patterns: [/\bDE\d{20}\b/],
    });
    const value = { CustomerPin: 1, IBANs: ['a'], note: 'DE89370400440532013000', password: 'x' };
    expect(plainCopy(value, { redact: redactor })).toEqual({
      CustomerPin: '[redacted]',
      IBANs: '[redacted]',
      note: '[redacted]',
      password: '[redacted]',
    });
    expect(plainCopy(value, { redact: defaultRedactor })).toMatchObject({ CustomerPin: 1 });
  });

  it('replaces every match and keeps no state, whatever the flags', () => {
    for (const flags of ['', 'g', 'y', 'gy', 'gi']) {
      const redactor = createRedactor({
        keys: [new RegExp('pin', flags)],
        patterns: [new RegExp('s3cret', flags)],
      });
      for (let i = 0; i < 3; i++) {
        expect(redactor.text('a s3cret and s3cret')).toBe('a [redacted] and [redacted]');
        expect(redactor.isSecretKey('mypin')).toBe(true);
        expect(redactor.isSecretKey(`pin${i}`)).toBe(true);
      }
    }
  });

  it('inserts [redacted] itself, whatever the pattern captures', () => {
    expect(createRedactor({ patterns: [/(a)(b)?/] }).text('ab$1')).toBe('[redacted]$1');
  });

  it('is off with false', () => {
    const redactor = createRedactor(false);
    const value = { password: 'x', text: tokens[0]?.slice(1).join('') ?? '' };
    expect(plainCopy(value, { redact: redactor })).toEqual(value);
    expect(redactor.isSecretKey('password')).toBe(false);
  });

  it('judges what is too long for a name by the patterns of the option only', () => {
    expect(defaultRedactor.isSecretKey('password'.repeat(40))).toBe(false);
    const redactor = createRedactor({ keys: [/x{300}/, /z{300}/] });
    for (const length of [256, 257]) {
      const key = `${'y'.repeat(length - 8)}password`;
      expect(redactor.isSecretKey(key)).toBe(length === 256);
    }
    expect(redactor.isSecretKey('x'.repeat(300))).toBe(true);
    expect(redactor.isSecretKey('y'.repeat(300))).toBe(false);
  });

  it('judges keys right after many of them', () => {
    const redactor = createRedactor();
    for (let i = 0; i < 5_000; i++) expect(redactor.isSecretKey(`field${i}`)).toBe(false);
    expect(redactor.isSecretKey('password')).toBe(true);
    expect(redactor.isSecretKey('field1')).toBe(false);
  });

  it('refuses options of another shape', () => {
    const wrong = { patterns: ['secret'] } as unknown as { patterns: RegExp[] };
    expect(() => createRedactor(wrong)).toThrow(HandoffError);
    expect(() => createRedactor({ keys: [7 as unknown as string] })).toThrow(/redact/);
  });

  it.each([
    ...[
      'eyJ',
      'eyJaaaaaaaa.',
      'eyJaaaaaaaa.eyJaaaaaaaa.',
      'sk-',
      'sk_live_',
      '://a:',
      '://',
      'a://b:c',
    ],
    ...[
      'Bearer ',
      'bearer  a',
      '-----BEGIN PRIVATE KEY-----',
      '-----BEGIN ',
      '-----END PRIVATE KEY-----',
    ],
    ...[
      '-----BEGIN PRIVATE KEY-----\nProc-Type:',
      'xoxb-',
      'AKIA',
      'AIza',
      'ghp_',
      'github_pat_',
      ' ',
    ],
  ])('takes linear time on a megabyte of %j', (piece) => {
    const text = `${piece.repeat(Math.ceil(1_048_576 / piece.length))}!`;
    const before = process.cpuUsage();
    defaultRedactor.text(text);
    defaultRedactor.text(`Bearer ${text}`);
    // Quadratic scans take minutes. Of the processor, which a busy machine doesn't prolong.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  });
});
