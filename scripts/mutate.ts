/**
 * Mutation testing of the core's rules: each change of a source that no test notices is printed, as
 * `file:line  before  ->  after`, and fails the run unless `mutate-survivors.json` says why it may stay.
 *
 *     pnpm mutate                        line/, policy/, context/ and record/ (about an hour)
 *     pnpm mutate policy/ledger context  the files whose path below packages/core/src begins so
 *     pnpm mutate --since main           what has changed since, of the four folders
 *     pnpm mutate --again policy         only where sources or tests have changed since the last run
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/** Changes of one line that no test can notice, or that none needs to. */
interface Explained {
  /** Below `packages/core/src`. */
  readonly file: string;
  /** Where they begin, trimmed: line numbers move. */
  readonly line: string;
  /** Each as before and after. */
  readonly changes: readonly (readonly [before: string, after: string])[];
  readonly reason: string;
}

const explanations = JSON.parse(
  readFileSync(join(import.meta.dirname, 'mutate-survivors.json'), 'utf8'),
) as readonly Explained[];
const explained = explanations.flatMap(({ file, line, changes }) =>
  changes.map(([before, after]) => ({ file, line, before, after })),
);
const root = join(import.meta.dirname, '..');
const source = 'packages/core/src';
const folders = ['line', 'policy', 'context', 'record'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { since: { type: 'string' }, again: { type: 'boolean', default: false } },
});

function git(...args: readonly string[]): string[] {
  const output = execFileSync('git', [...args], { cwd: root, encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

/** The sources to mutate, as paths below `packages/core/src`. */
function chosenFiles(): string[] {
  const within = folders.map((folder) => `${source}/${folder}/*.ts`);
  const files =
    values.since === undefined
      ? git('ls-files', '--cached', '--others', '--exclude-standard', '--', ...within)
      : git('diff', '--name-only', '--diff-filter=d', values.since, '--', ...within);
  return files
    .map((file) => file.slice(source.length + 1))
    .filter((file) => !/\.test(?:-d)?\.ts$/.test(file))
    .filter(
      (file) => positionals.length === 0 || positionals.some((path) => file.startsWith(path)),
    );
}

const files = chosenFiles();
if (files.length === 0) {
  console.log('mutate: no source of the four folders was chosen');
  process.exit(0);
}

type Results = Awaited<ReturnType<Stryker['runMutationTest']>>;

async function run(mutate: readonly string[], part: 'calls' | 'loads'): Promise<Results> {
  const all = await new Stryker({
    mutate: [...mutate],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: `scripts/mutate-${part}.config.ts` },
    // The core's own tests: what it promises has to show there.
    ignorePatterns: ['**', '!packages/core/**', '!*.json', '!scripts/**', 'node_modules'],
    coverageAnalysis: 'perTest',
    ignoreStatic: part === 'calls',
    concurrency: 2,
    // Wide, since a machine may be busier than when the tests were measured.
    timeoutMS: 20_000,
    timeoutFactor: 4,
    incremental: true,
    incrementalFile: `reports/mutation-${part}.json`,
    force: !values.again,
    reporters: ['progress-append-only'],
  }).runMutationTest();
  // Among them are what earlier runs found in other files.
  return all.filter(({ fileName }) => files.includes(fileBelow(fileName)));
}

function fileBelow(fileName: string): string {
  return fileName.slice(fileName.indexOf(source) + source.length + 1);
}

/** What runs only while a module is loaded is left over by the first, faster run. */
const isLeftOver = ({ status }: Results[number]): boolean => status === 'Ignored';

const first = await run(
  files.map((file) => `${source}/${file}`),
  'calls',
);
const leftOver = first.filter(isLeftOver).map(({ fileName, location: { start, end } }) => {
  // Lines count from 1 in both, columns only in results.
  return `${source}/${fileBelow(fileName)}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
});
const second = leftOver.length === 0 ? [] : await run(leftOver, 'loads');
const placeOf = ({ fileName, location, replacement }: Results[number]): string =>
  JSON.stringify([fileBelow(fileName), location, replacement]);
const open = new Set(first.filter(isLeftOver).map(placeOf));
const results = [
  ...first.filter((result) => !isLeftOver(result)),
  // A place may lie within another one.
  ...second.filter((result) => open.delete(placeOf(result))),
];
if (open.size > 0) throw new Error(`${open.size} places were not run: ${[...open][0]}`);

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const texts = new Map<string, readonly string[]>();
const counts = new Map<string, Map<string, number>>();
const seen = new Set<(typeof explained)[number]>();
const unexplained: string[] = [];
const hanging: string[] = [];

for (const { fileName, location, replacement = '', status } of results) {
  const file = fileBelow(fileName);
  const folder = file.split('/')[0] as string;
  const count = counts.get(folder) ?? new Map<string, number>();
  counts.set(folder, count);
  const tally = (what: string): void => void count.set(what, (count.get(what) ?? 0) + 1);
  if (status !== 'Survived' && status !== 'NoCoverage' && status !== 'Timeout') {
    tally(status);
    continue;
  }
  const lines = texts.get(file) ?? readFileSync(join(root, source, file), 'utf8').split('\n');
  texts.set(file, lines);
  // Both counted from 1.
  const { start, end } = location;
  const cut = lines.slice(start.line - 1, end.line);
  cut[cut.length - 1] = cut.at(-1)?.slice(0, end.column - 1) ?? '';
  cut[0] = cut[0]?.slice(start.column - 1) ?? '';
  const line = oneLine(lines[start.line - 1] ?? '');
  const before = oneLine(cut.join('\n'));
  const after = oneLine(replacement);
  const shown = `${source}/${file}:${start.line}  ${before}  ->  ${after}\n    in: ${line}`;
  const known = explained.find(
    (one) => one.file === file && one.line === line && one.before === before && one.after === after,
  );
  if (known) seen.add(known);
  tally(known ? 'explained' : status);
  if (known) continue;
  if (status === 'Timeout') hanging.push(shown);
  else unexplained.push(shown);
}

for (const [folder, count] of counts) {
  const all = [...count].map(([status, number]) => `${number} ${status}`);
  console.log(`${folder}: ${all.join(', ')}`);
}
const idle = explained.filter((one) => files.includes(one.file) && !seen.has(one));
if (hanging.length > 0) {
  console.log(`\nTaken as noticed, since the tests hang:\n\n${hanging.sort().join('\n')}`);
}
if (unexplained.length > 0) {
  console.error(`\nNo test notices:\n\n${unexplained.sort().join('\n')}`);
}
if (idle.length > 0) {
  console.error(`\nExplained in mutate-survivors.json, but gone or noticed now:\n`);
  for (const { file, before, after } of idle) console.error(`${file}  ${before}  ->  ${after}`);
}
if (unexplained.length > 0 || idle.length > 0) process.exitCode = 1;
else console.log('mutate: every change is noticed by a test, or explained');
