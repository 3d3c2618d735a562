/**
 * What a two-agent handoff costs, beside what the peers spend on it and beside the bare work of its
 * log. Exits with 1 where a target is missed. An argument says how many rounds; default 300.
 */
import { memoryStore } from '@agent-handoff/core';
import type { Contender } from './contender.ts';
import { chainedHandoffs, executedHandoffs } from './contenders/agent-handoff.ts';
import { bareWork } from './contenders/bare-work.ts';
import { langgraphSwarm } from './contenders/langgraph-swarm.ts';
import { openaiAgents } from './contenders/openai-agents.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';
import { takeTurns } from './take-turns.ts';

const rounds = Number(process.argv[2] ?? 300);
const warmUp = 2_000;
/** About a millisecond's worth each: a longer sample is seldom left alone on a busy machine. */
const batch = 10;
/** Keeps every task of a contender, so that each can be verified. */
const store = () => memoryStore({ maxTasks: warmUp + rounds * batch });

const example = memoryStore();
const { run: writeExample } = executedHandoffs(1, example);
for (let i = 0; i < 20; i++) await writeExample();

const ours = executedHandoffs(batch, store());
const chained = chainedHandoffs(batch, store());
const bare = await bareWork(batch, example);
const openai = openaiAgents(5);
const swarm = langgraphSwarm(1);
const samples = await takeTurns([ours, chained, bare, openai, swarm], { warmUp, rounds });

const typical = (contender: Contender): number => quantile(samples.get(contender) ?? [], 0.5);
const best = (contender: Contender): number => quantile(samples.get(contender) ?? [], 0.1);
const microseconds = (amount: number): string => `${amount.toFixed(1)} µs`;

console.log(`One handoff between two agents, two model turns. Node ${process.version}.\n`);
printTable([
  ['', 'median', 'p10', 'median / ours'],
  ...[...samples.keys()].map((contender) => [
    contender.name,
    microseconds(typical(contender)),
    microseconds(best(contender)),
    (typical(contender) / typical(ours)).toFixed(2),
  ]),
]);

/** Ours as a share of the other's: at most `reach`; `goal` is what we would like. */
const targets = [
  { other: bare, reach: 1.5 },
  { other: openai, reach: 1 / 4, goal: 1 / 8 },
  { other: swarm, reach: 1 / 40, goal: 1 / 80 },
];
/** The worse of the two counts: a busy machine interrupts the longer samples more often. */
const ratioTo = (other: Contender): number =>
  Math.max(typical(ours) / typical(other), best(ours) / best(other));
const share = (amount: number): string =>
  amount < 1 ? `1/${(1 / amount).toFixed(1)}` : amount.toFixed(2);
const verdict = (ratio: number, bound: number | undefined): string =>
  bound === undefined ? '' : `${share(bound)} ${ratio <= bound ? 'reached' : 'missed'}`;

console.log('');
printTable([
  ['ours to', 'by median', 'by p10', 'to reach', 'goal'],
  ...targets.map(({ other, reach, goal }) => {
    const ratio = ratioTo(other);
    return [
      other.name,
      share(typical(ours) / typical(other)),
      share(best(ours) / best(other)),
      verdict(ratio, reach),
      verdict(ratio, goal),
    ];
  }),
]);

console.log('');
for (const contender of [ours, chained]) {
  console.log(`${contender.name}: ${await contender.verify?.()}`);
}

if (targets.some(({ other, reach }) => ratioTo(other) > reach)) process.exitCode = 1;
