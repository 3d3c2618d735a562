import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as floor6 from 'ai-6-floor';
import * as floor7 from 'ai-7-floor';
import { expect, test } from 'vitest';

const packageFolder = join(import.meta.dirname, '..');

test('what is built imports from ai only names that 6.0.0 and 7.0.0 have, and nothing undeclared', async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'adapter-vercel-ai-'));
  try {
    const tsc = join(
      createRequire(import.meta.url).resolve('typescript/package.json'),
      '../bin/tsc',
    );
    await promisify(execFile)(
      process.execPath,
      [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir],
      { cwd: packageFolder },
    );
    const files = (await readdir(outDir, { recursive: true })).filter((file) =>
      file.endsWith('.js'),
    );
    expect(files).toContain('model.js');

    const imported = new Map<string, Set<string>>();
    for (const file of files) {
      const code = await readFile(join(outDir, file), 'utf8');
      expect(code, file).not.toMatch(/\bimport\(|\brequire\(|\bimport \*|\bexport \*/);
      const imports = code.matchAll(/^(?:import|export) \{([^}]*)\} from '([^.'][^']*)';$/gm);
      for (const [, names = '', module = ''] of imports) {
        const found = imported.get(module) ?? new Set();
        for (const name of names.split(',')) {
          if (name.trim() !== '') found.add(name.trim().replace(/ as .*/, ''));
        }
        imported.set(module, found);
      }
    }
    expect([...imported.keys()].sort()).toEqual(['@agent-handoff/core/adapter', 'ai']);
    const names = [...(imported.get('ai') ?? [])];
    expect(names).toContain('generateText');
    for (const floor of [floor6, floor7]) {
      expect(names.filter((name) => !(name in floor))).toEqual([]);
    }
  } finally {
    await rm(outDir, { recursive: true });
  }
}, 60_000);
