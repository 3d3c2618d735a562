/**
 * What the types cost whoever uses them: how much longer `tsc` checks a program with 50 agents, each
 * with its own payload and answer, and 100 calls, than the same imports alone. Exits with 1 above a
 * second. An argument says how often both are measured; default 5, of which the fastest count: other work
 * on the machine only ever adds.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { printTable } from './print-table.ts';

const runs = Number(process.argv[2] ?? 5);
const agents = 50;
const calls = 100;
const mostSeconds = 1;

const imports = `import { createHandoffAgent, createHandoffManager, unwrap } from '@agent-handoff/core';
import * as z from 'zod';
`;

/** The imports, used, and nothing else. */
const empty = `${imports}
export const used = [createHandoffAgent, createHandoffManager, unwrap, z.object({ a: z.string() })];
`;

/** Every call passes the payload of its own target, and reads the answer of that target. */
const program = [
  imports,
  ...each(
    agents,
    (i) => `const agent${i} = createHandoffAgent({
  id: 'agent-${i}',
  canTransferTo: ['agent-${(i + 1) % agents}'],
  payloadSchema: z.object({
    field${i}: z.number().int(),
    kind: z.enum(['refund', 'charge', 'question']),
    lines: z.array(z.object({ text: z.string(), amount: z.number().optional() })),
  }),
  dataSchema: z.object({ answer${i}: z.boolean(), notes: z.array(z.string()) }),
});`,
  ),
  'export const manager = createHandoffManager({',
  `  agents: [${each(agents, (i) => `agent${i}`).join(', ')}],`,
  '});',
  ...each(calls, (i) => callOf(i % agents, i)),
].join('\n');

/** Half of the calls are handoffs, the others runs and patterns. */
function callOf(agent: number, call: number): string {
  const payload = `{ field${agent}: ${call}, kind: 'refund', lines: [{ text: 'x' }] }`;
  const target = `{ target: 'agent-${agent}', payload: ${payload} }`;
  const kinds = [
    `manager.executeHandoff({ target: 'agent-${agent}', task: 'x', payload: ${payload} })`,
    `manager.run({ entry: 'agent-${agent}', input: 'x', payload: ${payload} })`,
    `manager.executeHandoff({ target: 'agent-${agent}', task: 'x', payload: ${payload} })`,
    `manager.chainHandoff({ targets: [${target}, ${target}], task: 'x' })`,
  ];
  const read =
    call % 2 === 0 ? `.then((result): boolean => unwrap(result).data.answer${agent})` : '';
  return `export const call${call} = () => ${kinds[call % kinds.length]}${read};`;
}

function each(count: number, make: (i: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const run = promisify(execFile);

interface Measured {
  readonly checkSeconds: number;
  readonly totalSeconds: number;
  readonly instantiations: number;
}

/** @throws Error with the compiler's complaints, or where it doesn't say how long it took. */
async function measure(file: string, folder: string): Promise<Measured> {
  const args = [tsc, '-p', join(folder, `${file}.json`), '--extendedDiagnostics'];
  const { stdout } = await run(process.execPath, args).catch((thrown) => {
    throw new Error(`tsc found errors in ${file}.ts:\n${String(thrown.stdout).slice(0, 2_000)}`);
  });
  const numberOf = (name: string): number => {
    const value = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1];
    if (value === undefined) throw new Error(`tsc didn't tell its "${name}":\n${stdout}`);
    return Number(value);
  };
  return {
    checkSeconds: numberOf('Check time'),
    totalSeconds: numberOf('Total time'),
    instantiations: numberOf('Instantiations'),
  };
}

// Inside the package, so that its imports are resolved as those of any other file here.
const folder = await mkdtemp(join(import.meta.dirname, '../types-'));
const samples: Record<'empty' | 'program', Measured[]> = { empty: [], program: [] };
try {
  for (const [file, code] of Object.entries({ empty, program })) {
    await writeFile(join(folder, `${file}.ts`), code);
    const config = { extends: '../tsconfig.json', include: [], files: [`${file}.ts`] };
    await writeFile(join(folder, `${file}.json`), JSON.stringify(config));
  }
  for (let i = 0; i < runs; i++) {
    samples.empty.push(await measure('empty', folder));
    samples.program.push(await measure('program', folder));
  }
} finally {
  await rm(folder, { recursive: true });
}

const fastest = (file: keyof typeof samples, key: keyof Measured): number =>
  Math.min(...samples[file].map((sample) => sample[key]));
const seconds = (amount: number): string => `${amount.toFixed(2)} s`;
const keys = ['checkSeconds', 'totalSeconds'] as const;

console.log(`${agents} agents with payloads and answers, ${calls} calls. Fastest of ${runs}.\n`);
printTable([
  ['tsc', 'imports alone', 'with the program', 'extra'],
  ...keys.map((key) => [
    key === 'checkSeconds' ? 'check time' : 'total time',
    seconds(fastest('empty', key)),
    seconds(fastest('program', key)),
    seconds(fastest('program', key) - fastest('empty', key)),
  ]),
  [
    'instantiations',
    String(fastest('empty', 'instantiations')),
    String(fastest('program', 'instantiations')),
    String(fastest('program', 'instantiations') - fastest('empty', 'instantiations')),
  ],
]);
const extra = fastest('program', 'checkSeconds') - fastest('empty', 'checkSeconds');
console.log(`\n${seconds(extra)} of check time: ${extra <= mostSeconds ? 'reached' : 'missed'}`);
if (extra > mostSeconds) process.exitCode = 1;
