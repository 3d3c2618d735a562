/**
 * What HTTP costs: handoffs to an instant agent against an empty handler behind the same bridge, taken in
 * turns in one run; then 2,000 event streams that are open at once, twice, of which no record may be lost
 * and after which the memory is as before. Exits with 1 where a mark is missed.
 */
import { type BenchServer, startServer } from './http/bench-server.ts';
import { connections, post, textOf } from './http/request.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';

/** Of the requests a second that the empty handler answers. */
const leastShare = 0.6;
const rounds = 11;
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

async function compare(server: BenchServer): Promise<boolean> {
  const paths = { 'empty handler': '/empty', handoff: '/agents/handoffs' } as const;
  type Name = keyof typeof paths;
  const names = Object.keys(paths) as Name[];
  const rates: Record<Name, number[]> = { 'empty handler': [], handoff: [] };
  const times: Record<Name, number[]> = { 'empty handler': [], handoff: [] };
  const cpu: Record<Name, number[]> = { 'empty handler': [], handoff: [] };
  for (let i = 0; i < rounds; i++) {
    for (const name of names) {
      const before = await server.ask('cpu?');
      const measured = await round(server.port, paths[name]);
      const used = (await server.ask('cpu?')) - before;
      // The first warms up.
      if (i === 0) continue;
      rates[name].push(measured.rate);
      times[name].push(...measured.times);
      cpu[name].push(used / requestsARound);
    }
  }
  const shares = rates.handoff.map((rate, i) => rate / (rates['empty handler'][i] as number));
  const share = quantile(shares, 0.5);
  const ms = (name: Name, fraction: number) => `${quantile(times[name], fraction).toFixed(2)} ms`;
  printTable([
    ['', 'requests/s', 'p50', 'p99', 'CPU each'],
    ...names.map((name) => [
      name,
      quantile(rates[name], 0.5).toFixed(0),
      ms(name, 0.5),
      ms(name, 0.99),
      `${quantile(cpu[name], 0.5).toFixed(0)} µs`,
    ]),
  ]);
  const passed = share >= leastShare;
  console.log(`${passed ? 'ok' : 'MISSED'}: ${share.toFixed(2)} of it; at least ${leastShare}\n`);
  return passed;
}

/** Opens all streams, lets them end together, and counts the records that were not told. */
async function wave(server: BenchServer): Promise<number> {
  const all = connections(streams);
  const body = JSON.stringify({ target: 'patient', task: 'Refund order 1182' });
  const open = await Promise.all(
    Array.from({ length: streams }, () =>
      post(server.port, '/agents/handoffs', body, { accept: 'text/event-stream' }, all),
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
const passed = [await compare(server), await stream(server)];
agent.destroy();
server.stop();
if (passed.includes(false)) process.exitCode = 1;
