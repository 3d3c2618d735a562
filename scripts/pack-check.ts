/**
 * Proves that what would be published works for a stranger. Packs every public package, built
 * before, as the registry would get it, checks the tarballs (publint, attw, each target of
 * `exports`), installs them by npm into an empty project with nothing but their declared
 * dependencies, imports every entry (main entries also without optional peers), and compiles a
 * consumer of all of them under the oldest and the newest TypeScript.
 */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules/.bin');
/** What a consumer's compiler may be. */
const compilers = { 'typescript-5': '5.9', 'typescript-7': '7' };

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly manifest: Manifest;
  readonly tarball: string;
}

const execute = promisify(execFile);

async function run(command: string, arguments_: string[], cwd: string): Promise<string> {
  const path = `${bin}${delimiter}${process.env.PATH}`;
  try {
    const { stdout } = await execute(command, arguments_, {
      cwd,
      env: { ...process.env, PATH: path, NO_COLOR: '1' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${arguments_.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Waits for all of them, also after one has failed, and then reports every failure. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const values: T[] = [];
  const failures: string[] = [];
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'fulfilled') values.push(outcome.value);
    else failures.push((outcome.reason as Error).message);
  }
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
  return values;
}

/** Packs one package and checks the tarball by itself. */
async function pack(folder: string, destination: string): Promise<Packed> {
  const answer = await run('pnpm', ['pack', '--json', '--pack-destination', destination], folder);
  const { filename } = JSON.parse(answer.slice(answer.indexOf('{'))) as { filename: string };

  const unpacked = mkdtempSync(join(destination, 'unpacked-'));
  await run('tar', ['xzf', filename, '-C', unpacked], destination);
  const manifest = readManifest(join(unpacked, 'package'));
  const problems: string[] = [];

  const shipped = new Set(readdirSync(join(unpacked, 'package'), { recursive: true }).map(String));
  for (const [entry, targets] of Object.entries(manifest.exports)) {
    for (const condition of ['types', 'default']) {
      const target = targets[condition];
      if (target === undefined) problems.push(`"${entry}" has no "${condition}"`);
      else if (!shipped.has(target.slice(2))) problems.push(`${target} is not in the tarball`);
    }
  }
  for (const file of shipped) {
    if (/\.test(?:-d)?\.|(?:^|\/)test-data\//.test(file)) problems.push(`${file} is a test`);
  }
  if (!shipped.has('LICENSE')) problems.push('LICENSE is missing');
  if (problems.length > 0) throw new Error(`${manifest.name}:\n  ${problems.join('\n  ')}`);

  await all([
    run('publint', ['run', filename, '--strict'], destination),
    run('attw', [filename, '--profile', 'esm-only', '--no-definitely-typed'], destination),
  ]);
  return { manifest, tarball: filename };
}

/** An empty project that depends on the tarballs, their peers and the compilers, and nothing else. */
async function install(packed: Packed[], project: string): Promise<void> {
  const dependencies: Record<string, string> = {};
  for (const { manifest } of packed) {
    for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
      // The version that the package itself is developed against, within the range it promises.
      dependencies[name] = manifest.devDependencies?.[name] ?? range;
    }
  }
  for (const { manifest, tarball } of packed) dependencies[manifest.name] = `file:${tarball}`;
  for (const [alias, version] of Object.entries(compilers)) {
    dependencies[alias] = `npm:typescript@${version}`;
  }
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }),
  );
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
    project,
  );
}

function consume(packed: Packed[], project: string): string[] {
  const entries = packed.flatMap(({ manifest }) =>
    Object.keys(manifest.exports).map((entry) => manifest.name + entry.slice(1)),
  );
  const lines = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const names = entries.map((_, index) => `entry${index}`).join(', ');
  writeFileSync(
    join(project, 'consumer.ts'),
    `${lines.join('\n')}\nexport const all: readonly object[] = [${names}];\n`,
  );
  writeFileSync(
    join(project, 'import-all.mjs'),
    `for (const entry of process.argv.slice(2)) {
  const names = Object.keys(await import(entry));
  if (names.length === 0) throw new Error(entry + ' exports nothing');
}
`,
  );
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        lib: ['es2024', 'dom', 'dom.iterable'],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ['consumer.ts'],
    }),
  );
  return entries;
}

/** Imports every entry; then the main ones again, with the optional peers out of reach. */
async function importAll(packed: Packed[], entries: string[], project: string): Promise<void> {
  await run(process.execPath, ['import-all.mjs', ...entries], project);

  const modules = join(project, 'node_modules');
  const optional = packed.flatMap(({ manifest }) =>
    Object.entries(manifest.peerDependenciesMeta ?? {})
      .filter(([, { optional }]) => optional)
      .map(([name]) => name),
  );
  const away = mkdtempSync(join(project, 'away-'));
  const moves = [...new Set(optional)].map((name, index) => ({
    from: join(modules, name),
    to: join(away, `${index}`),
  }));
  const main = packed
    .filter(({ manifest }) => manifest.exports['.'] !== undefined)
    .map(({ manifest }) => manifest.name);
  for (const { from, to } of moves) renameSync(from, to);
  await run(process.execPath, ['import-all.mjs', ...main], project);
  for (const { from, to } of moves) renameSync(to, from);
}

/** Every declaration of ours must hold in a strict project; other packages' own faults are not ours. */
async function compile(project: string, alias: string): Promise<void> {
  const tsc = join(project, 'node_modules', alias, 'bin/tsc');
  const arguments_ = ['-p', project, '--pretty', 'false'];
  const output = await run(process.execPath, [tsc, ...arguments_], project).catch(
    (error: Error) => error.message,
  );
  const ours = output
    .split('\n')
    .filter((line) => / error TS\d+: /.test(line) || /^error /.test(line))
    .filter((line) => !/^(?:\S*\/)?node_modules\/(?!@agent-handoff\/)/.test(line));
  if (ours.length > 0) throw new Error(`under ${alias}:\n${ours.join('\n')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'pack-check-'));
try {
  const folders = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((path) => !readManifest(path).private);

  const packed = await all(folders.map((path) => pack(path, folder)));
  const project = join(folder, 'project');
  mkdirSync(project);
  await install(packed, project);
  const entries = consume(packed, project);
  await importAll(packed, entries, project);
  await all(Object.keys(compilers).map((alias) => compile(project, alias)));
  console.log(
    `packages: ${packed.length} packed, installed and compiled, ${entries.length} entries imported`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
