/**
 * What the LangChain adapter adds to LangChain, and what a handoff between two of its agents costs
 * beside langgraph-swarm, records and hashes included: beside one with a checkpointer, which keeps who
 * is active as ours do, and beside the swarm alone, which forgets it. Exits with 1 where a ratio to the
 * first is missed. An argument says how many rounds; default 60.
 */
import {
  bareAgent,
  delegating,
  delegatingDirectly,
  leaving,
  nodeOfAgents,
  receivingAgent,
  receivingModel,
  swarmOfAgents,
  swarmWithMemory,
  transferring,
  wrappedModel,
} from './contenders/langchain.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';
import { takeTurns } from './take-turns.ts';

const rounds = Number(process.argv[2] ?? 60);
const swarm = swarmOfAgents(8);
const kept = swarmWithMemory(8);
/** Ours as a share of the other's: at most `reach`. */
const pairs = [
  { ours: receivingModel(100), other: wrappedModel(100), reach: 2.5 },
  { ours: receivingAgent(20), other: bareAgent(20), reach: 1.15 },
  ...[
    { ours: delegating(8), reach: 0.85 },
    { ours: delegatingDirectly(8), reach: 0.85 },
    { ours: transferring(8), reach: 1.15 },
    { ours: leaving(8), reach: 1.15 },
    { ours: nodeOfAgents(8), reach: 1.15 },
  ].flatMap(({ ours, reach }) => [
    { ours, other: kept, reach },
    { ours, other: swarm, reach: undefined },
  ]),
];
const contenders = [...new Set(pairs.flatMap(({ ours, other }) => [ours, other]))];
const samples = await takeTurns(contenders, { warmUp: 1_500, rounds });

/** Ours as a share of the other's, at this quantile of the rounds. */
const share = ({ ours, other }: (typeof pairs)[number], fraction: number): number => {
  const [own = 0, others = 0] = [ours, other].map((each) =>
    quantile(samples.get(each) ?? [], fraction),
  );
  return own / others;
};

const isMissed = (pair: (typeof pairs)[number]): boolean =>
  pair.reach !== undefined && share(pair, 0.5) > pair.reach;

console.log(`Node ${process.version}, ${rounds} rounds.\n`);
printTable([
  ['', 'median'],
  ...contenders.map((each) => [
    each.name,
    `${quantile(samples.get(each) ?? [], 0.5).toFixed(1)} µs`,
  ]),
]);
console.log('');
printTable([
  ['ours to', 'by median', 'by p10', 'to reach'],
  ...pairs.map((pair) => [
    `${pair.ours.name} to ${pair.other.name}`,
    share(pair, 0.5).toFixed(2),
    share(pair, 0.1).toFixed(2),
    pair.reach === undefined ? '' : `${pair.reach} ${isMissed(pair) ? 'missed' : 'reached'}`,
  ]),
]);
if (pairs.some(isMissed)) process.exitCode = 1;
