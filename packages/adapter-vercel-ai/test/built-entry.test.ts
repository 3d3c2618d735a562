import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as floor6 from 'ai-6-floor';
import * as floor7 from 'ai-7-floor';
import { afterAll, beforeAll, expect, test } from 'vitest';

const packageFolder = join(import.meta.dirname, '..');

let outDir = '';
let files: readonly string[] = [];

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'adapter-vercel-ai-'));
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  await promisify(execFile)(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir],
    { cwd: packageFolder },
  );
  files = (await readdir(outDir, { recursive: true })).filter((file) => file.endsWith('.js'));
}, 60_000);
afterAll(() => rm(outDir, { recursive: true }));

/** The names that a file imports, by module. */
async function importsOf(file: string): Promise<Map<string, string[]>> {
  const code = await readFile(join(outDir, file), 'utf8');
  expect(code, file).not.toMatch(/\bimport\(|\brequire\(|\bimport \*|\bexport \*/);
  const imports = code.matchAll(/^(?:import|export) \{([^}]*)\} from '([^']*)';$/gm);
  return new Map(
    [...imports].map(([, names = '', module = '']) => [
      module,
      names.split(',').flatMap((name) => name.trim().replace(/ as .*/, '') || []),
    ]),
  );
}

/** What a file needs at run time, and everything that it imports: the modules that are no files. */
async function modulesOf(entry: string, seen = new Set<string>()): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  if (seen.has(entry)) return found;
  seen.add(entry);
  for (const [module, names] of await importsOf(entry)) {
    const inner = module.startsWith('.')
      ? await modulesOf(join(dirname(entry), module), seen)
      : new Map([[module, names]]);
    for (const [each, more] of inner) found.set(each, [...(found.get(each) ?? []), ...more]);
  }
  return found;
}

test('the main entry imports nothing of ai at run time', async () => {
  expect(files).toContain('index.js');
  const modules = await modulesOf('index.js');
  expect([...modules.keys()].sort()).toEqual([
    '@agent-handoff/core',
    '@agent-handoff/core/adapter',
    // Of zod what 3.25.76 has, too.
    'zod/v4',
  ]);
});

test('./model imports from ai only names that 6.0.0 and 7.0.0 have', async () => {
  const names = (await modulesOf('model.js')).get('ai') ?? [];
  expect(names).toContain('ToolLoopAgent');
  for (const floor of [floor6, floor7]) {
    expect(names.filter((name) => !(name in floor))).toEqual([]);
  }
});

test('nothing undeclared is imported', async () => {
  const modules = new Set<string>();
  for (const file of files) for (const [module] of await importsOf(file)) modules.add(module);
  const outside = [...modules].filter((module) => !module.startsWith('.')).sort();
  expect(outside).toEqual(['@agent-handoff/core', '@agent-handoff/core/adapter', 'ai', 'zod/v4']);
});
