/**
 * Proves that the LangChain adapter works with the oldest versions of its peers that it names, and with
 * the newest: packs it, built before, as the registry would get it, installs it beside them in an empty project, and
 * runs a program that uses every entry, an interrupt among it. Takes the network.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const packages = ['core', 'adapter-langchain'].map((name) => join(root, 'packages', name));
const { peerDependencies } = JSON.parse(
  readFileSync(join(root, 'packages/adapter-langchain/package.json'), 'utf8'),
) as { readonly peerDependencies: Readonly<Record<string, string>> };
const ranges = Object.entries(peerDependencies).filter(
  ([name]) => !name.startsWith('@agent-handoff/'),
);

const run = (command: string, arguments_: readonly string[], cwd: string): string =>
  execFileSync(command, arguments_, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

const folder = mkdtempSync(join(tmpdir(), 'langchain-peers-'));
try {
  const tarballs = packages.map((each) => {
    const answer = run('pnpm', ['pack', '--json', '--pack-destination', folder], each);
    const { filename } = JSON.parse(answer.slice(answer.indexOf('{'))) as { filename: string };
    return `file:${filename}`;
  });
  const matrix = {
    oldest: ranges.map(([name, range]) => [name, range.replace(/^\^/, '')]),
    newest: ranges,
  };
  for (const [age, peers] of Object.entries(matrix)) {
    const project = mkdtempSync(join(folder, `${age}-`));
    const dependencies = {
      ...Object.fromEntries(peers),
      zod: '^4.1.13',
      '@agent-handoff/core': tarballs[0],
      '@agent-handoff/adapter-langchain': tarballs[1],
    };
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: age, private: true, type: 'module', dependencies }),
    );
    copyFileSync(join(import.meta.dirname, 'peers/langchain.js'), join(project, 'main.js'));
    // What the oldest bring along is of their time too: LangGraph's parts name no newest core.
    const resolution = age === 'oldest' ? ['--config.resolution-mode=time-based'] : [];
    run('pnpm', ['install', '--ignore-workspace', '--prefer-offline', ...resolution], project);
    const said = run(process.execPath, ['main.js'], project).trim();
    console.log(`${age} (${peers.map((each) => each.join(' ')).join(', ')}): ${said}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
