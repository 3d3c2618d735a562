/**
 * Rules about files that no linter knows: small sources, no drawers, no tests that are switched off
 * or never run, a lockfile that names no registry, one version of Node.js.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const maxLines = 280;
const root = join(import.meta.dirname, '..');

const drawer = /(?:^|\/)(?:utils?|helpers?|common|shared|misc|types?)(?:\/|\.[a-z.]+$)/;
const kebabCase = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const test = /\.test(?:-d)?\.ts$/;
const switchedOff =
  /\b(?:describe|suite|it|test|bench)(?:\.(?:each|for|concurrent|sequential|fails)(?:\(.*?\))?)*\.(?:only|skip|todo)\b|\b(?:xit|xdescribe|fit|fdescribe)\(/;

const files = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\0')
  .filter((file) => /^(?:packages|examples|benchmarks|scripts)\/.*\.ts$/.test(file));

const problems: string[] = [];
for (const file of files) {
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch {
    continue; // Deleted, and the deletion not committed yet.
  }
  const lines = text.split('\n');
  const inSource = /\/src\//.test(file);

  if (drawer.test(file)) problems.push(`${file}: name it after what it holds, not after a drawer`);
  if (!kebabCase.test(basename(file))) problems.push(`${file}: the name must be kebab-case`);
  if (inSource && !test.test(file) && lines.length > maxLines) {
    problems.push(`${file}: ${lines.length} lines, at most ${maxLines}; split it by what it does`);
  }
  if (
    test.test(file) &&
    !/^(?:packages|examples)\/[^/]+\/(?:src|test)\/|^benchmarks\/src\//.test(file)
  ) {
    problems.push(`${file}: no runner looks here; tests belong in src/ or test/ of a package`);
  }
  lines.forEach((line, index) => {
    const at = `${file}:${index + 1}`;
    if (test.test(file) && switchedOff.test(line)) problems.push(`${at}: a test is switched off`);
    if (/@ts-(?:ignore|nocheck)/.test(line) && !file.startsWith('scripts/')) {
      problems.push(`${at}: no @ts-ignore and no @ts-nocheck`);
    }
  });
}

if (/https?:\/\/|tarball:/.test(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'))) {
  problems.push('pnpm-lock.yaml names a host: install again with the default lockfile settings');
}

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: { node: string };
};
const settings = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
if (!settings.includes(`\nnodeVersion: ${devDependencies.node}\n`)) {
  problems.push('pnpm-workspace.yaml: nodeVersion must equal the devDependency `node`');
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`files: ${files.length} sources and tests hold the rules`);
