import { strictModelServer } from '@agent-handoff/testing/model-server';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { respond } from '../src/models/local-model.ts';
import { type Finished, runMain } from './run-main.ts';

// A process takes a second or two; a machine that has other work to do, longer.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const key = 'not-of-a-known-shape';
const partTitle = /^Part (\d+) {2}/;

/** The lines of each part, by its number. */
function parts(stdout: string): Map<number, string[]> {
  const found = new Map<number, string[]>();
  let lines: string[] = [];
  for (const line of stdout.trimEnd().split('\n')) {
    const number = partTitle.exec(line)?.[1];
    if (number !== undefined || line.startsWith('Proof')) lines = [];
    if (number !== undefined) found.set(Number(number), lines);
    lines.push(line);
  }
  return found;
}

describe('the tutorial on its own server', () => {
  let withKey: Finished;
  let withoutColour: Finished;

  beforeAll(async () => {
    [withKey, withoutColour] = await Promise.all([
      runMain('src/main.ts', { OPENAI_API_KEY: key }),
      runMain('src/main.ts', { NO_COLOR: '1' }),
    ]);
  });

  test('runs ten parts, each on one screen, and proves what it shows', () => {
    const { exitCode, stdout, stderr } = withKey;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });

    const screens = parts(stdout);
    expect([...screens.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const [number, lines] of screens) {
      expect(lines.length, `lines of part ${number}`).toBeLessThanOrEqual(24);
    }
    const tooWide = stdout.split('\n').filter((line) => line.length > 80);
    expect(tooWide).toEqual([]);
    expect(stdout).toMatch(/ok {2}it is in the last output of the chain/);
    expect(stdout).toMatch(/All ten parts held: \d+ model calls in \d/);
  });

  test('goes where a model transfers it, to the level that is sure enough, and waits for a person', () => {
    const { stdout } = withKey;
    expect(stdout).toContain('intake → payments-engineer; payments-engineer has the conversation');
    expect(stdout).toContain('level-1 0.10 → level-2 0.20 → level-3 0.40');
    expect(stdout).toContain('shop-owner is a person: awaiting-approval');
    expect(stdout).toContain('a1 -->|"2. escalation"| a2');
  });

  test('tells every model call with its time and its tokens', () => {
    const { stdout } = withKey;
    const calls = stdout.match(/^ +» [\w-]+ answered in \d+\.\d\d s, \d+ → \d+ tokens$/gm) ?? [];
    const told = /: (\d+) model calls/.exec(stdout)?.[1];
    expect(calls).toHaveLength(Number(told));
    expect(calls.join()).not.toMatch(/\b0 → |→ 0 tokens/);
  });

  test('draws another ticket for every run', () => {
    const tickets = [withKey, withoutColour].map(
      ({ stdout }) => /ticket +(T-[0-9a-f]{8}), drawn/.exec(stdout)?.[1],
    );
    expect(tickets).not.toContain(undefined);
    expect(tickets[0]).not.toBe(tickets[1]);
  });

  test('prints neither the key nor escape codes', () => {
    expect(withKey.stdout).toMatch(/API key +set/);
    expect(withoutColour.stdout).toMatch(/API key +not set/);
    expect(withKey.stdout).not.toContain(key);
    expect(withKey.stdout).not.toContain('\u001b');
    expect(withoutColour.stdout).not.toContain('\u001b');
  });

  test('fails where the ticket number is lost on the way', async () => {
    const { exitCode, stdout, stderr } = await runMain('test/main-with-forgetful-model.ts');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect([...parts(stdout).keys()]).toHaveLength(10);
    expect(stdout).toMatch(
      /FAILED {2}This does not hold: T-[0-9a-f]{8} is in what payments-engineer answered\.\n$/,
    );
  });
});

describe('the tutorial on another server', () => {
  test('asks both models there, with the key and the token limit', async () => {
    await using server = await strictModelServer({
      respond: (body) => ({ content: respond(body) }),
    });
    const { exitCode, stdout, stderr } = await runMain('src/main.ts', {
      OPENAI_BASE_URL: server.url,
      OPENAI_API_KEY: key,
      MODEL: 'careful-model',
      MODEL_B: 'quick-model',
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${server.url} (OPENAI_BASE_URL)`);
    expect(stdout).toMatch(/Proof .* by the client's log of requests/);
    expect(stdout).not.toContain(key);

    const bodies = server.requests().map(({ body }) => body);
    expect(new Set(bodies.map(({ model }) => model))).toEqual(
      new Set(['careful-model', 'quick-model']),
    );
    expect(new Set(bodies.map((body) => body['max_tokens']))).toEqual(new Set([2000]));
    const headers = server.mock.getRequests().map((entry) => entry.headers['authorization']);
    expect(headers.every((value) => value !== undefined)).toBe(true);
  });

  test('stops with one clear line, without the key, where the server refuses', async () => {
    const error = { message: `Incorrect API key provided: ${key}`, type: 'invalid_request_error' };
    await using server = await strictModelServer({ respond: () => ({ error, status: 401 }) });
    const { exitCode, stdout, stderr } = await runMain('src/main.ts', {
      OPENAI_BASE_URL: server.url,
      OPENAI_API_KEY: key,
      MODEL: 'any-model',
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toMatch(/FAILED {2}AGENT_FAILED: .*401.*\[hidden\]/);
    expect(stdout).not.toContain(key);
  });
});
