import { createHandoffContext } from '@agent-handoff/core';
import { expect, test } from 'vitest';
import type { Exchange, ModelEndpoint } from './models/model-endpoint.ts';
import { type ProvenChain, proveTicket } from './prove-ticket.ts';
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
  const step = (
    source: string,
    target: string,
    task: string,
    findings: Record<string, string>,
  ): ProvenChain['steps'][number] => ({
    output: `${target} on ${ticket}`,
    returnedContext: createHandoffContext({
      sourceAgentId: source,
      targetAgentId: target,
      originalTask: task,
      findings,
    }),
  });
  const intake = { intake: `intake on ${ticket}` };
  const both = { ...intake, 'payments-engineer': `payments-engineer on ${ticket}` };
  return {
    exchanges: [exchange('intake'), exchange('payments-engineer'), exchange('duty-manager')],
    steps: [
      step('user', 'intake', `Look into ${ticket}`, {}),
      step('intake', 'payments-engineer', 'Find the cause', intake),
      step('payments-engineer', 'duty-manager', 'Decide', both),
    ],
  };
}

function prove({ exchanges, steps }: ReturnType<typeof goodRun>, before: Exchange[] = []): string {
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
  proveTicket({ screen, endpoint, ticket }, { steps, firstExchange: before.length });
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

type Context = NonNullable<ProvenChain['steps'][number]['returnedContext']>;

function withContext(i: number, change: (context: Context) => Partial<Context>) {
  const run = goodRun();
  run.steps = run.steps.map((step, at) => {
    const { returnedContext: context } = step;
    return at === i && context
      ? { ...step, returnedContext: { ...context, ...change(context) } }
      : step;
  });
  return run;
}

test('does not hold where it was not handed on in the findings', () => {
  const run = withContext(2, ({ findings }) => ({
    findings: { intake: findings['intake'] ?? '' },
  }));
  expect(() => prove(run)).toThrow('was handed T-00c0ffee in the findings of payments-engineer.');
});

test.each(['originalTask', 'instructions', 'conversationSummary'] as const)(
  'does not hold where it also went by the %s',
  (field) => {
    const run = withContext(1, () => ({ [field]: `Look into ${ticket}` }));
    expect(() => prove(run)).toThrow('was not told T-00c0ffee in any other way.');
  },
);

test('does not hold where the last output lacks it', () => {
  const run = goodRun();
  run.steps = run.steps.map((step, at) => (at === 2 ? { ...step, output: 'Done.' } : step));
  expect(() => prove(run)).toThrow('T-00c0ffee is in the last output.');
});
