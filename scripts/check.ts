/**
 * Everything that CI runs besides the demo and the tests; with `--full` also what takes too long
 * for CI. Every step runs, also after one has failed; a step's output is shown only if it failed.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface Step {
  readonly name: string;
  /** Run by the shell, in the root, with the tools of `node_modules/.bin` on the path. */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Shown as it comes: the output is the point. */
  readonly shown?: boolean;
}

const steps: Step[] = [
  { name: 'format and lint', command: 'biome check . --error-on-warnings' },
  { name: 'lint with types', command: 'oxlint --type-aware --deny-warnings' },
  { name: 'layer law', command: 'node scripts/check-layers.ts' },
  { name: 'file rules', command: 'node scripts/check-files.ts' },
  { name: 'peer ranges', command: 'pnpm peers check' },
  { name: 'types and build', command: 'tsc -p scripts && turbo run typecheck build --continue' },
  { name: 'dead code', command: 'knip' },
  { name: 'packages', command: 'node scripts/pack-check.ts' },
];

/** Runs every test under another Node: the oldest that is promised and the newest. */
const testUnder = (version: string) =>
  `npx --yes --package=node@${version} -- node node_modules/vitest/vitest.mjs run`;

const slowSteps: Step[] = [
  { name: 'tests, full counts', command: 'vitest run', env: { FULL: '1' } },
  {
    // The examples are programs of the Node that the workspace brings.
    name: 'tests of the packages on Node 22.13',
    command: `${testUnder('22.13.0')} packages`,
    // For tests that start a process of their own: later releases strip types without being told.
    env: { NODE_OPTIONS: '--experimental-strip-types --disable-warning=ExperimentalWarning' },
  },
  { name: 'tests on Node 26', command: testUnder('26') },
  {
    name: 'peers of the LangChain adapter',
    command: 'node scripts/check-langchain-peers.ts',
    shown: true,
  },
  { name: 'browser and worker', command: 'node scripts/check-runtimes.ts' },
  { name: 'mutation', command: 'pnpm mutate', shown: true },
  { name: 'benchmarks', command: 'pnpm bench', shown: true },
  { name: 'benchmark of the AI SDK adapter', command: 'pnpm bench:ai-sdk', shown: true },
  { name: 'benchmark of the LangChain adapter', command: 'pnpm bench:langchain', shown: true },
  { name: 'benchmark of HTTP', command: 'pnpm bench:http', shown: true },
  { name: 'time of the compiler', command: 'pnpm bench:types', shown: true },
  { name: 'context economy', command: 'pnpm bench:context', shown: true },
  { name: 'memory', command: 'pnpm bench:memory', shown: true },
  { name: 'benchmark of SQLite', command: 'pnpm bench:sqlite 1000000', shown: true },
];

function run({ command, env, shown }: Step): Promise<{ passed: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...env },
      shell: true,
      stdio: shown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (text) => (output += text));
    child.stderr?.on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ passed: code === 0, output }));
  });
}

const failed: string[] = [];
const chosen = process.argv.includes('--full') ? [...steps, ...slowSteps] : steps;
const startedAt = performance.now();
const secondsSince = (start: number) => `${((performance.now() - start) / 1000).toFixed(1)} s`;

for (const step of chosen) {
  const start = performance.now();
  const { passed, output } = await run(step);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${step.name} (${secondsSince(start)})`);
  if (passed) continue;
  failed.push(step.name);
  console.log(`${output.trim()}\n`);
}

if (failed.length > 0) {
  console.error(`check failed: ${failed.join(', ')} (${secondsSince(startedAt)})`);
  process.exitCode = 1;
} else {
  console.log(`check passed: ${chosen.length} steps (${secondsSince(startedAt)})`);
}
