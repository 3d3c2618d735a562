/**
 * What HTTP costs: handoffs to an instant agent against empty handlers on the same server, taken in turns
 * in one run; then 2,000 event streams that are open at once, three times, of which no record may be lost
 * and after which the memory is as before. Exits with 1 where a mark is missed.
 *
 * An empty handler reads its JSON body and answers JSON, as any handler does that is asked for something:
 * on Express with `express.json()` and `res.json`, behind the Fetch bridge with `request.json()` and
 * `Response.json`. It is shown with an answer as long as a handoff's, which is what the mark is about, and
 * with a short one. The client runs on the same machine and needs about as much of it as an empty handler
 * does, so where it is what is waited for the share flatters handoffs; the CPU that the server took for a
 * request is told beside it, without the client's. Beside both stands a handler that makes the same
 * handoff with `express.json()` and the manager: what the routes add to it, and what the handoff itself.
 */
import { type BenchServer, startServer } from './http/bench-server.ts';
import { connections, post, textOf } from './http/request.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';

/** Of the requests a second that handlers of Express answer: an empty one, and one that makes the same handoff. */
const least = { ofEmpty: 0.6, ofByHand: 0.9 };
const rounds = 13;
const requestsARound = 2_000;
const inFlight = 16;
const streams = 2_000;
/** What 2,000 streams may leave behind: 2 kB each would be more. */
const toleranceBytes = 4_000_000;

const work = JSON.stringify({ target: 'instant', task: 'Refund order 1182' });
const agent = connections(inFlight);

/** Requests a second, and the milliseconds of each. */
async function round(port: number, path: string): Promise<{ rate: number; times: number[] }> {
  const times: number[] = [];
  let left = requestsARound;
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      const text = await textOf(await post(port, path, work, { prefer: 'wait' }, agent));
      if (!text.includes('Refunded.')) throw new Error(`${path} answered ${text}`);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return { rate: (requestsARound / (performance.now() - start)) * 1000, times };
}

/** What is asked for on each server; the first is what the others are a share of. */
const paths = {
  'empty, as long an answer': '/as-long',
  'empty, a short answer': '/empty',
  'the handoff by hand': '/by-hand',
  handoff: '/agents/handoffs',
} as const;
type Name = keyof typeof paths;
const names = Object.keys(paths) as Name[];
const perName = <Value>(make: () => Value): Record<Name, Value> => ({
  'empty, as long an answer': make(),
  'empty, a short answer': make(),
  'the handoff by hand': make(),
  handoff: make(),
});

type Shares = Readonly<Record<keyof typeof least, number>>;

/** The median shares that handoffs have, round by round, of what the other handlers answer. */
async function compare(server: BenchServer, kind: keyof BenchServer['ports']): Promise<Shares> {
  const rates = perName<number[]>(() => []);
  const times = perName<number[]>(() => []);
  const cpu = perName<number[]>(() => []);
  for (let i = 0; i < rounds; i++) {
    for (const name of names) {
      const before = await server.ask('cpu?');
      const measured = await round(server.ports[kind], paths[name]);
      const used = (await server.ask('cpu?')) - before;
      // The first two warm up.
      if (i < 2) continue;
      rates[name].push(measured.rate);
      times[name].push(...measured.times);
      cpu[name].push(used / requestsARound);
    }
  }
  const shareOf = (name: Name): number =>
    quantile(
      rates.handoff.map((rate, i) => rate / (rates[name][i] as number)),
      0.5,
    );
  const ms = (name: Name, fraction: number) => `${quantile(times[name], fraction).toFixed(2)} ms`;
  printTable([
    [titles[kind], 'requests/s', 'p50', 'p99', 'CPU each', 'least CPU', 'handoffs are'],
    ...names.map((name) => [
      name,
      quantile(rates[name], 0.5).toFixed(0),
      ms(name, 0.5),
      ms(name, 0.99),
      `${quantile(cpu[name], 0.5).toFixed(0)} µs`,
      `${Math.min(...cpu[name]).toFixed(0)} µs`,
      name === 'handoff' ? '' : `${shareOf(name).toFixed(2)} of it`,
    ]),
  ]);
  console.log();
  return {
    ofEmpty: shareOf('empty, as long an answer'),
    ofByHand: shareOf('the handoff by hand'),
  };
}

const titles = { express: 'Express, the router', fetch: 'Fetch handler, a bridge' } as const;

/** Opens all streams, lets them end together, and counts the records that were not told. */
async function wave(server: BenchServer): Promise<number> {
  const all = connections(streams);
  const body = JSON.stringify({ target: 'patient', task: 'Refund order 1182' });
  const open = await Promise.all(
    Array.from({ length: streams }, () =>
      post(server.ports.express, '/agents/handoffs', body, { accept: 'text/event-stream' }, all),
    ),
  );
  const texts = open.map(textOf);
  while ((await server.ask('waiting?')) < streams) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.goOn();
  let lost = 0;
  for (const text of await Promise.all(texts)) {
    const types = [...text.matchAll(/^data: \{"type":"([\w-]+)"/gm)].map(([, type]) => type);
    const told = ['requested', 'accepted', 'completed', 'task-finished', 'result'];
    lost += told.filter((type) => !types.includes(type)).length;
  }
  all.destroy();
  return lost;
}

async function stream(server: BenchServer): Promise<boolean> {
  const lost: number[] = [];
  const heaps: number[] = [];
  for (let i = 0; i < 3; i++) {
    lost.push(await wave(server));
    heaps.push(await server.ask('heap?'));
  }
  const [first = 0, ...others] = heaps;
  const grown = Math.max(...others) - first;
  const total = lost.reduce((sum, count) => sum + count, 0);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`${streams} streams at once, ${lost.length} times: ${total} events lost`);
  console.log(`heap after each: ${heaps.map(megabytes).join(', ')}`);
  const passed = total === 0 && grown <= toleranceBytes;
  console.log(`${passed ? 'ok' : 'MISSED'}: grown by ${megabytes(Math.max(0, grown))}`);
  return passed;
}

const server = await startServer();
const shares = await compare(server, 'express');
await compare(server, 'fetch');
const passed = [await stream(server)];
const titlesOfShares = {
  ofEmpty: 'an empty handler',
  ofByHand: 'a handler that hands off',
} as const;
for (const each of ['ofEmpty', 'ofByHand'] as const) {
  const reached = shares[each] >= least[each];
  passed.push(reached);
  console.log(
    `${reached ? 'ok' : 'MISSED'}: ${shares[each].toFixed(2)} of ${titlesOfShares[each]} on Express; at least ${least[each]}`,
  );
}
agent.destroy();
server.stop();
if (passed.includes(false)) process.exitCode = 1;
