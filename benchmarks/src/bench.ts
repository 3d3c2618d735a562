/**
 * What a two-agent handoff costs, beside what the peers spend on it and beside the bare work of its
 * log. Exits with 1 where a target is missed. An argument says how many rounds; default 100.
 */
import { memoryStore } from '@agent-handoff/core';
import type { Contender } from './contender.ts';
import {
  chainedHandoffs,
  executedHandoffs,
  handoffFromTool,
  routedHandoffs,
} from './contenders/agent-handoff.ts';
import { bareWork } from './contenders/bare-work.ts';
import { langgraphSwarm } from './contenders/langgraph-swarm.ts';
import { openaiAgents } from './contenders/openai-agents.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';
import { takeTurns } from './take-turns.ts';

const rounds = Number(process.argv[2] ?? 100);
const warmUp = 2_000;
/**
 * About five milliseconds' worth each: a contender that has just taken over from another one finds
 * nothing of its own in the processor's caches. Needs a quiet machine.
 */
const batch = 50;
/** Keeps every task of a contender, so that each can be verified. */
const store = () => memoryStore({ maxTasks: warmUp + rounds * batch });

/** The bare work of what this contender writes. */
async function bareWorkOf(contender: typeof handoffFromTool): Promise<Contender> {
  const example = memoryStore();
  const { run, name } = contender(1, example);
  for (let i = 0; i < 20; i++) await run();
  return bareWork(batch, name, example);
}

const ours = handoffFromTool(batch, store());
const twice = executedHandoffs(batch, store());
const chained = chainedHandoffs(batch, store());
const routed = routedHandoffs(batch, store());
const bare = await bareWorkOf(handoffFromTool);
const bareRouted = await bareWorkOf(routedHandoffs);
const openai = openaiAgents(25, { tracing: true });
const openaiBare = openaiAgents(25, { tracing: false });
const swarm = langgraphSwarm(2, { checkpointer: true });
const swarmBare = langgraphSwarm(2, { checkpointer: false });
const contenders = [
  ours,
  twice,
  chained,
  routed,
  bare,
  bareRouted,
  openai,
  openaiBare,
  swarm,
  swarmBare,
];
const samples = await takeTurns(contenders, { warmUp, rounds });

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

interface Target {
  readonly mine: Contender;
  readonly other: Contender;
  readonly reach?: number;
  readonly goal?: number;
}

/**
 * One of ours as a share of the other's: at most `reach`. That counts for peers that leave a record
 * behind, as ours do; without one they are shown.
 */
const targets: readonly Target[] = [
  { mine: ours, other: bare, reach: 1.5 },
  ...[ours, routed].flatMap((mine) => [
    { mine, other: openai, reach: 1 / 4, goal: 1 / 8 },
    { mine, other: openaiBare },
    { mine, other: swarm, reach: 1 / 40, goal: 1 / 80 },
    { mine, other: swarmBare },
  ]),
];
/** The worse of the two counts: a busy machine interrupts the longer samples more often. */
const worseRatio = ({ mine, other }: Target): number =>
  Math.max(typical(mine) / typical(other), best(mine) / best(other));
const share = (amount: number): string =>
  amount < 1 ? `1/${(1 / amount).toFixed(1)}` : amount.toFixed(2);
const verdict = (ratio: number, bound: number | undefined): string =>
  bound === undefined ? '' : `${share(bound)} ${ratio <= bound ? 'reached' : 'missed'}`;

console.log('');
printTable([
  ['ours', 'to', 'by median', 'by p10', 'to reach', 'goal'],
  ...targets.map((target) => {
    const { mine, other, reach, goal } = target;
    const ratio = worseRatio(target);
    return [
      mine.name.replace('agent-handoff, ', ''),
      other.name,
      share(typical(mine) / typical(other)),
      share(best(mine) / best(other)),
      verdict(ratio, reach),
      verdict(ratio, goal),
    ];
  }),
]);

console.log('');
for (const contender of contenders) {
  const found = await contender.verify?.();
  if (found !== undefined) console.log(`${contender.name}: ${found}`);
}

if (targets.some((target) => worseRatio(target) > (target.reach ?? Infinity))) process.exitCode = 1;
