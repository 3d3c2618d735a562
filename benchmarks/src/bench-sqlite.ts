/**
 * What the SQLite store costs, beside bare inserts of the same texts, and with a long history beside a
 * short one. Exits with 1 where a target is missed. Arguments: the records of the long history, default
 * 100,000, and how many rounds, default 40. `BENCH_FOLDER` says on which disk.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '@agent-handoff/store-sqlite';
import type { Contender } from './contender.ts';
import { executedHandoffs } from './contenders/agent-handoff.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';
import { bareInserts } from './sqlite/bare-inserts.ts';
import { fillStore } from './sqlite/fill-store.ts';
import { type Append, inOne, recordAppends, renamed } from './sqlite/recorded-appends.ts';
import { storeAppends } from './sqlite/store-appends.ts';
import { takeTurns } from './take-turns.ts';

const history = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 40);
/** Until the write-ahead logs have their size: while they grow, every append is slower. */
const warmUp = 6;
/** Makes a record and its share of the bodies about 2 KB. */
const said =
  'The customer says that the first charge was right and the second one was not. '.repeat(29);
const folder = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'bench-sqlite-'));
let files = 0;
const nextFile = (): string => join(folder, `${++files}.db`);

interface Comparison {
  readonly name: string;
  readonly samples: ReadonlyMap<Contender, readonly number[]>;
  readonly ours: Contender;
  readonly other: Contender;
  /** The bound on ours as a share of the other's time. */
  readonly reach: number;
}

/**
 * The median, over the rounds, of ours by the other's in the same round: what else the machine does to
 * its disk falls on both.
 */
function ratioOf({ samples, ours, other }: Comparison): number {
  const others = samples.get(other) ?? [];
  const own = samples.get(ours) ?? [];
  return quantile(
    own.map((time, round) => time / (others[round] ?? Number.NaN)),
    0.5,
  );
}

/** The store beside bare inserts, which may take `share` of its time at least. */
async function beside(name: string, make: () => readonly Append[], batch: number, share: number) {
  const appends: Append[] = [];
  while (appends.length < batch * (rounds + warmUp)) appends.push(...make());
  const ours = storeAppends(nextFile(), batch, appends);
  const other = bareInserts(nextFile(), batch, appends);
  const samples = await takeTurns([ours, other], { warmUp, rounds });
  return { name, samples, ours, other, reach: 1 / share };
}

async function byHistory(): Promise<Comparison> {
  const [short, long] = [nextFile(), nextFile()];
  await fillStore(short, 1_000);
  await fillStore(long, history);
  const megabytes = (statSync(long).size / 2 ** 20).toFixed(0);
  const on = (path: string, records: number): Contender => ({
    ...executedHandoffs(20, sqliteStore({ path })),
    name: `two handoffs, ${records.toLocaleString('en')} records before`,
  });
  const [ours, other] = [on(long, history), on(short, 1_000)];
  const samples = await takeTurns([ours, other], { warmUp, rounds });
  return { name: `history of ${megabytes} MB`, samples, ours, other, reach: 1.3 };
}

try {
  const handoff = await recordAppends(1, said);
  const many = inOne(await recordAppends(34, said), 100);
  const comparisons: Comparison[] = [
    await beside('single', () => renamed(handoff), 100, 0.7),
    await beside('one append of 100 records', () => renamed([many]), 10, 0.8),
    await byHistory(),
  ];

  console.log(`SQLite, WAL, FULL, in ${folder}. Node ${process.version}.\n`);
  const time = (samples: readonly number[] | undefined, fraction: number): string =>
    `${quantile(samples ?? [], fraction).toFixed(0)} µs`;
  printTable([
    ['', 'median', 'p10', 'ours to it', 'to reach'],
    ...comparisons.flatMap((comparison) => {
      const { name, samples, ours, other, reach } = comparison;
      const ratio = ratioOf(comparison);
      const verdict = `${reach.toFixed(2)} ${ratio <= reach ? 'reached' : 'missed'}`;
      return [ours, other].map((contender) => [
        `${name}: ${contender.name}`,
        time(samples.get(contender), 0.5),
        time(samples.get(contender), 0.1),
        ...(contender === ours ? ['', ''] : [ratio.toFixed(2), verdict]),
      ]);
    }),
  ]);
  console.log('');
  for (const { name, samples } of comparisons) {
    for (const contender of samples.keys()) {
      console.log(`${name}: ${contender.name}: ${await contender.verify?.()}`);
    }
  }
  if (comparisons.some((one) => ratioOf(one) > one.reach)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
