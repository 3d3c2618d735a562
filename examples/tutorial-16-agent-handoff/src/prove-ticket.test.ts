import { createHandoffContext, type HandoffContext } from '@agent-handoff/core';
import { expect, test } from 'vitest';
import type { Exchange, ModelEndpoint } from './models/model-endpoint.ts';
import { proveTicket } from './prove-ticket.ts';
import { roles } from './roles.ts';
import { Screen } from './screen.ts';

const ticket = 'T-00c0ffee';

/** A chain in which everything is as it should be. */
function goodRun() {
  const exchange = (id: keyof typeof roles): Exchange => ({
    systemPrompt: roles[id].systemPrompt,
    request: `something about ${ticket}`,
    answer: `${id} on ${ticket}`,
  });
  const context = (
    sourceAgentId: string,
    targetAgentId: string,
    originalTask: string,
    findings: Record<string, string>,
  ) => createHandoffContext({ sourceAgentId, targetAgentId, originalTask, findings });
  const intake = { intake: `intake on ${ticket}` };
  const both = { ...intake, 'payments-engineer': `payments-engineer on ${ticket}` };
  return {
    exchanges: [exchange('intake'), exchange('payments-engineer'), exchange('duty-manager')],
    contexts: [
      context('user', 'intake', `Look into ${ticket}`, {}),
      context('intake', 'payments-engineer', 'Find the cause', intake),
      context('payments-engineer', 'duty-manager', 'Decide', both),
    ],
    output: `Done for ${ticket}`,
  };
}

function prove(
  { exchanges, contexts, output }: ReturnType<typeof goodRun>,
  before: Exchange[] = [],
): string {
  let written = '';
  const screen = new Screen((text) => {
    written += text;
  });
  const endpoint: ModelEndpoint = {
    name: 'a list',
    baseUrl: 'https://host/v1',
    logKeeper: 'a list',
    exchanges: () => [...before, ...exchanges],
    [Symbol.asyncDispose]: async () => {},
  };
  proveTicket(
    { screen, endpoint, ticket },
    { contexts, steps: [{ output }], firstExchange: before.length },
  );
  return written;
}

const without = (text: string): string => text.replace(ticket, 'it');

test('holds where every agent was asked with the ticket and answered with it', () => {
  expect(prove(goodRun()).match(/^ {2}ok /gm)).toHaveLength(4);
});

test('does not hold where only earlier requests carried it', () => {
  const run = goodRun();
  const before = run.exchanges.splice(0);
  expect(() => prove(run, before)).toThrow('intake was asked in its turn.');
});

test('does not hold where the agents were asked in another order', () => {
  const run = goodRun();
  run.exchanges.reverse();
  expect(() => prove(run)).toThrow('payments-engineer was asked in its turn.');
});

test.each([0, 1, 2])('does not hold where request %i lacks it', (i) => {
  const run = goodRun();
  run.exchanges = run.exchanges.map((exchange, at) =>
    at === i ? { ...exchange, request: without(exchange.request) } : exchange,
  );
  expect(() => prove(run)).toThrow(/is in what [\w-]+ was asked\./);
});

test.each([0, 1, 2])('does not hold where answer %i lacks it', (i) => {
  const run = goodRun();
  run.exchanges = run.exchanges.map((exchange, at) =>
    at === i ? { ...exchange, answer: without(exchange.answer) } : exchange,
  );
  expect(() => prove(run)).toThrow(/is in what [\w-]+ answered\./);
});

function withContext(i: number, change: Partial<HandoffContext>) {
  const run = goodRun();
  run.contexts = run.contexts.map((context, at) =>
    at === i ? { ...context, ...change } : context,
  );
  return run;
}

test('does not hold where it was not handed on in the findings', () => {
  const run = withContext(2, { findings: { intake: `intake on ${ticket}` } });
  expect(() => prove(run)).toThrow('was handed T-00c0ffee in the findings of payments-engineer.');
});

test.each<Partial<HandoffContext>>([
  { originalTask: `Look into ${ticket}` },
  { instructions: `Look into ${ticket}` },
  { metadata: { about: ticket } },
  { findings: { intake: ticket, somebody: 'else' } },
])('does not hold where it went another way as well: %j', (change) => {
  expect(() => prove(withContext(1, change))).toThrow('was told T-00c0ffee by nobody else.');
});

test('does not hold where the last output lacks it', () => {
  const run = { ...goodRun(), output: 'Done.' };
  expect(() => prove(run)).toThrow('T-00c0ffee is in the last output.');
});
