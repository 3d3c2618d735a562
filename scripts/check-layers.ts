/**
 * The layer law has two halves. This checks the first, that `packages/core/src` holds nothing but
 * listed folders and public entries, and then proves the second, the lint rules: it lints a
 * generated core that breaks the law in every way and fails if one break goes unreported, or if an
 * import that the law allows is reported.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { layers } from './layers.ts';

const root = join(import.meta.dirname, '..');
const problems: string[] = [];

function checkFolders(): void {
  const core = join(root, 'packages/core');
  const manifest = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const entries = new Set(Object.values(manifest.exports));
  for (const item of readdirSync(join(core, 'src'), { withFileTypes: true })) {
    if (item.isDirectory()) {
      if (!layers.some((layer) => layer === item.name)) {
        problems.push(`packages/core/src/${item.name}/ is no layer: add it to scripts/layers.ts`);
      }
    } else if (/\.test(?:-d)?\.ts$/.test(item.name)) {
      // Beside the entry that it tests.
    } else if (!entries.has(`./src/${item.name}`)) {
      problems.push(`packages/core/src/${item.name} is no entry: move it to a layer or export it`);
    }
  }
}

interface Probe {
  readonly file: string;
  readonly line: string;
  readonly forbidden: boolean;
}

function probes(): Probe[] {
  const found: Probe[] = [];
  const add = (forbidden: boolean, file: string, path: string, statement = 'import') => {
    // Names are unique: a file that doesn't parse isn't linted.
    const name = `name${found.length}`;
    const line = `${statement} { ${name} } from '${path}';`;
    found.push({ file: `packages/${file}`, line, forbidden });
  };

  layers.forEach((from, index) => {
    const file = `core/src/${from}/probe.ts`;
    const test = `core/src/${from}/probe.test.ts`;
    layers.forEach((to, at) => {
      if (at === index) return;
      for (const statement of ['import', 'import type', 'export', 'export type']) {
        add(at > index, file, `../${to}/probe.ts`, statement);
        add(at > index, `core/src/${from}/deep/probe.ts`, `../../${to}/probe.ts`, statement);
      }
      add(false, test, `../${to}/probe.ts`);
    });
    add(false, file, './other.ts');
    add(false, file, 'zod');
    add(true, file, '../index.ts');
    add(true, file, '../adapter.ts', 'import type');
    add(true, file, 'node:crypto');
    add(true, file, 'node:buffer', 'import type');
    add(true, file, 'fs/promises');
    add(true, file, '@agent-handoff/core');
    add(true, file, '@agent-handoff/testing');
    add(true, file, '../../../testing/src/index.ts');
    add(false, test, 'node:fs');
    add(true, test, '@agent-handoff/testing');
    add(true, test, '../../../testing/src/index.ts');
  });
  add(false, 'core/src/index.ts', './manager/probe.ts', 'export');
  add(true, 'core/src/index.ts', 'node:crypto');
  add(false, 'testing/src/probe.ts', '@agent-handoff/core');
  add(false, 'testing/src/probe.ts', '@agent-handoff/core/adapter');
  add(false, 'testing/src/probe.ts', 'node:fs');
  add(true, 'testing/src/probe.ts', '@agent-handoff/core/src/index.ts');
  add(true, 'testing/src/probe.ts', '@agent-handoff/core/dist/index.js', 'import type');
  add(true, 'testing/src/probe.ts', '../../core/src/index.ts');
  add(true, 'testing/src/deep/probe.ts', '../../../core/src/index.ts', 'import type');
  add(false, 'testing/src/deep/probe.ts', '../probe.ts');
  add(false, 'testing/test/probe.test.ts', '../src/probe.ts');
  add(true, 'testing/test/probe.test.ts', '../../core/src/index.ts');
  return found;
}

interface Diagnostic {
  readonly code?: string;
  readonly filename: string;
  readonly message: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

function lint(folder: string): Diagnostic[] {
  const arguments_ = ['--format=json', '--disable-nested-config'];
  try {
    execFileSync(join(root, 'node_modules/.bin/oxlint'), arguments_, { cwd: folder });
    return [];
  } catch (error) {
    const output = String((error as { stdout?: Buffer }).stdout ?? '');
    if (!output.startsWith('{')) throw new Error(`oxlint did not run: ${output}`, { cause: error });
    return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
  }
}

function proveLint(): number {
  const folder = mkdtempSync(join(tmpdir(), 'layer-law-'));
  try {
    // The very configuration that the repository is linted with, over other files.
    for (const file of ['oxlint.config.ts', 'scripts/layers.ts', 'package.json']) {
      cpSync(join(root, file), join(folder, file));
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');

    const all = probes();
    const files = new Map<string, Probe[]>();
    for (const probe of all) files.set(probe.file, [...(files.get(probe.file) ?? []), probe]);
    for (const [file, lines] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), lines.map(({ line }) => `${line}\n`).join(''));
    }

    const reported = new Set<string>();
    for (const { code = 'a parse error', filename, labels, message } of lint(folder)) {
      if (!code.includes('no-restricted-imports'))
        throw new Error(`${filename}: ${code}: ${message}`);
      reported.add(`${filename}:${labels[0]?.span.line}`);
    }
    for (const [file, lines] of files) {
      lines.forEach(({ line, forbidden }, index) => {
        if (reported.has(`${file}:${index + 1}`) === forbidden) return;
        problems.push(`${forbidden ? 'not reported' : 'wrongly reported'} in ${file}: ${line}`);
      });
    }
    return all.filter(({ forbidden }) => forbidden).length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

checkFolders();
const broken = proveLint();
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`layer law: ${layers.length} layers, ${broken} forbidden imports all reported`);
