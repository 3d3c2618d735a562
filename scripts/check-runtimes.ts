/**
 * Proves that the core hands off in a browser and in a worker as it does in Node. Packs it, built
 * before, and the routes over HTTP as the registry would get them, installs both in an empty project,
 * and holds what Chromium and workerd make of the same handoffs to what Node makes of them, to the
 * digest. Chromium takes the files as they are, workerd one bundle. Takes the network.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { chromium } from 'playwright-core';
import { rolldown } from 'rolldown';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Not in package.json: it takes 155 MB, and nothing else needs it. */
const workerdVersion = '1.20261117.1';
/** The dates that workers say they are made for: `node:crypto` is there for the newer one only. */
const workers = [
  { date: '2024-09-23', hash: 'web' },
  { date: '2026-11-17', hash: 'node' },
];
const timeoutMs = 30_000;

/** What a worker is asked over HTTP, in this order: path, what is accepted, body; and the status that is right. */
const requests = [
  ['/agents/handoffs', 'application/json', '{"target":"billing","task":"Refund invoice 7"}', 200],
  ['/agents/handoffs', 'text/event-stream', '{"target":"billing","task":"Refund"}', 200],
  ['/agents/runs', 'application/json', '{"entry":"triage","input":"I was charged twice"}', 200],
  ['/agents/handoffs', 'application/json', '{"target":', 400],
] as const;

/** What `handOff` of runtimes/hand-off.js gives, as far as it is looked at here. */
interface HandedOff {
  readonly hash: string;
  readonly results: readonly { readonly status: string; readonly targetAgentId: string }[];
  readonly tasks: readonly {
    readonly custody: { readonly intact: boolean; readonly head: string };
    readonly forgery: { readonly intact: boolean };
  }[];
}

type Fetch = (request: Request) => Promise<Response>;

function pack(name: string, destination: string): string {
  const arguments_ = ['pack', '--json', '--pack-destination', destination];
  const cwd = join(import.meta.dirname, '../packages', name);
  const answer = execFileSync('pnpm', arguments_, { cwd, encoding: 'utf8' });
  return (JSON.parse(answer.slice(answer.indexOf('{'))) as { filename: string }).filename;
}

function install(project: string, packages: readonly string[]): void {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  execFileSync('npm', ['install', '--ignore-scripts', ...quiet, ...packages], {
    cwd: project,
    stdio: 'pipe',
  });
}

/** Where the binary is. */
function installWorkerd(project: string): string {
  try {
    install(project, [`workerd@${workerdVersion}`]);
    const require = createRequire(join(project, 'package.json'));
    return (require('workerd') as { default: string }).default;
  } catch (cause) {
    const at = `${process.platform} ${process.arch}`;
    throw new Error(`workerd ${workerdVersion} can't be installed by npm for ${at}.`, { cause });
  }
}

/** What the worker of runtimes/worker.js hands off by itself, and what it answers to others. */
async function ask(origin: string, fetched: Fetch): Promise<[HandedOff, string[]]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const handedOff = await fetched(new Request(`${origin}/hand-off`, { signal }));
  const answers: string[] = [];
  for (const [path, accept, body, status] of requests) {
    const headers = { accept, 'content-type': 'application/json', prefer: 'wait' };
    const init = { method: 'POST', headers, body, signal };
    const response = await fetched(new Request(origin + path, init));
    const text = await response.text();
    assert.equal(response.status, status, `${path}: ${text}`);
    answers.push(text);
  }
  return [(await handedOff.json()) as HandedOff, answers];
}

/** In a page that imports the installed files as they are, by an import map. */
async function handOffInChromium(project: string): Promise<HandedOff> {
  const imports = {
    '@agent-handoff/core': '/node_modules/@agent-handoff/core/dist/index.js',
    canonicalize: '/node_modules/canonicalize/lib/canonicalize.js',
    zod: '/node_modules/zod/index.js',
  };
  const page = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-type', pathname === '/' ? 'text/html' : 'text/javascript');
    const reading = pathname === '/' ? Promise.resolve(page) : readFile(join(project, pathname));
    reading.then(
      (text) => response.end(text),
      () => response.writeHead(404).end(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    // As JSON: what else a page gives is copied by rules of the browser's driver.
    const text = await tab.evaluate<string>(`Promise.race([
      import('/hand-off.js').then(({ handOff }) => handOff()).then(JSON.stringify),
      new Promise((_, reject) => setTimeout(reject, ${timeoutMs}, new Error('It takes too long'))),
    ])`);
    return JSON.parse(text) as HandedOff;
  } finally {
    await browser.close();
    server.close();
  }
}

/** One file of all that the main entries import, used or not: a Node module among it can't be resolved. */
async function bundle(project: string): Promise<void> {
  const complaints: string[] = [];
  const build = await rolldown({
    input: join(project, 'worker.js'),
    platform: 'browser',
    treeshake: { moduleSideEffects: true },
    onLog: (_, { message }) =>
      complaints.push(stripVTControlCharacters(message).split('\n', 1)[0] ?? ''),
  });
  await build.write({ file: join(project, 'bundle.js') });
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

/** Asks a worker for each date, in the order of `workers`. */
async function askWorkerd(binary: string, project: string): Promise<[HandedOff, string[]][]> {
  const services = workers.map(
    ({ date }) =>
      `(name = "${date}", worker = (compatibilityDate = "${date}", modules = [(name = "worker", esModule = embed "bundle.js")]))`,
  );
  const sockets = workers.map(
    ({ date }) => `(name = "${date}", address = "127.0.0.1:0", http = (), service = "${date}")`,
  );
  await writeFile(
    join(project, 'workerd.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [${services}], sockets = [${sockets}]);`,
  );
  const child = spawn(binary, ['serve', 'workerd.capnp', '--control-fd=3'], {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit');
  try {
    const ports = new Map<string, number>();
    for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
      const { socket, port } = JSON.parse(line) as { socket: string; port: number };
      if (ports.set(socket, port).size === workers.length) break;
    }
    assert.equal(ports.size, workers.length, 'workerd ended before it served');
    return await Promise.all(
      workers.map(({ date }) => ask(`http://127.0.0.1:${ports.get(date)}`, fetch)),
    );
  } finally {
    child.kill();
    await ended;
  }
}

/** Shows the newest digest of each task, after holding everything to what Node has. */
function compare(where: string, hash: string, actual: HandedOff, expected: HandedOff): void {
  assert.deepEqual(actual, { ...expected, hash }, `${where} hands off otherwise than Node`);
  const heads = actual.tasks.map(({ custody }) => custody.head);
  console.log(`${where}, hashed by ${hash}: ${heads.join(' ')}`);
}

const project = await mkdtemp(join(tmpdir(), 'runtimes-'));
try {
  await access(executablePath).catch(() => {
    throw new Error(
      `There is no Chromium at ${executablePath}: install it (Debian: apt-get install -y chromium), or say where it is in CHROMIUM.`,
    );
  });
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  for (const name of ['hand-off.js', 'worker.js']) {
    await copyFile(join(import.meta.dirname, 'runtimes', name), join(project, name));
  }
  install(project, [pack('core', project), pack('http', project)]);
  const workerd = installWorkerd(project);
  await bundle(project);

  const { default: worker } = (await import(pathToFileURL(join(project, 'worker.js')).href)) as {
    default: { fetch: Fetch };
  };
  const [expected, answers] = await ask('http://127.0.0.1', worker.fetch);
  for (const { status, targetAgentId } of expected.results) {
    assert.deepEqual([status, targetAgentId], ['completed', 'billing']);
  }
  for (const { custody, forgery } of expected.tasks) {
    assert.deepEqual([custody.intact, forgery.intact], [true, false]);
  }

  assert.equal(expected.hash, 'node');
  compare('Chromium', 'web', await handOffInChromium(project), expected);
  const asked = await askWorkerd(workerd, project);
  for (const [index, { date, hash }] of workers.entries()) {
    const [handedOff, said] = asked[index] as [HandedOff, string[]];
    compare(`workerd as of ${date}`, hash, handedOff, expected);
    assert.deepEqual(said, answers, `workerd as of ${date} answers otherwise than Node`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await rm(project, { recursive: true, force: true });
}
