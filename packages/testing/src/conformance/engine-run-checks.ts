import { HandoffError } from '@agent-handoff/core/adapter';
import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { defineWork, type EngineSubject, resultOf, runId } from './engine-subject.ts';
import { within } from './within.ts';

/** Bodies, steps and results. */
export const engineRunChecks: readonly ConformanceCheck<EngineSubject>[] = [
  {
    name: 'says what it can do',
    async run(subject) {
      const { engine } = subject;
      const { durable, distributed, nonResidentWaits } = engine.capabilities;
      for (const can of [durable, distributed, nonResidentWaits]) expect(can).toBeTypeOf('boolean');
    },
  },
  {
    name: 'runs a body with its id and input, and gives its result to all who ask',
    async run(subject) {
      const { engine } = subject;
      engine.define('echo', async (run, input) => ({ id: run.id, input }));
      const work = defineWork(subject);
      await engine.start();
      const [id, held] = [runId('a'), runId('b')];
      const input = { task: 'größe', list: [1, null, { deep: true }] };
      await engine.submit('echo', input, { id });
      expect(await resultOf(subject, id)).toEqual({ id, input });
      await engine.submit('work', input, { id: held });
      const results = [resultOf(subject, held), resultOf(subject, held)];
      const step = await work.step(held);
      expect(step.input).toEqual(input);
      step.end('done');
      expect(await Promise.all(results)).toEqual(['done', 'done']);
    },
  },
  {
    name: 'runs the steps of a body in their order, each once, and hands on what they give',
    async run(subject) {
      const { engine } = subject;
      const ran: string[] = [];
      engine.define('steps', async (run) => {
        let total = 0;
        for (const key of ['first', 'second', 'third']) {
          total += await run.step(key, async () => {
            ran.push(key);
            return key.length;
          });
        }
        return total;
      });
      await engine.start();
      const id = runId('a');
      await engine.submit('steps', null, { id });
      expect(await resultOf(subject, id)).toBe(16);
      expect(ran).toEqual(['first', 'second', 'third']);
    },
  },
  {
    name: 'gives each step of each run an idempotency key of its own',
    async run(subject) {
      const { engine } = subject;
      engine.define('keys', async (run) => {
        const keys: string[] = [];
        for (const key of ['first', 'second']) {
          keys.push(await run.step(key, async ({ idempotencyKey }) => idempotencyKey));
        }
        return keys;
      });
      await engine.start();
      const keys: unknown[] = [];
      for (const id of [runId('a'), runId('b')]) {
        await engine.submit('keys', null, { id });
        keys.push(...((await resultOf(subject, id)) as unknown[]));
      }
      for (const key of keys) expect(key).toBeTypeOf('string');
      expect(new Set(keys).size).toBe(4);
    },
  },
  {
    name: 'runs once what is submitted again under one id while it runs',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', 'first', { id });
      await engine.submit('work', 'second', { id });
      const step = await work.step(id);
      await engine.submit('work', 'third', { id });
      expect(step.input).toBe('first');
      // Another run that begins shows that nothing else was about to.
      const other = runId('b');
      await engine.submit('work', null, { id: other });
      (await work.step(other)).end(null);
      await resultOf(subject, other);
      step.end('done');
      expect(await resultOf(subject, id)).toBe('done');
      expect(work.begun).toBe(2);
    },
  },
  {
    name: 'rejects the result with what the body threw, outside its steps and in them',
    async run(subject) {
      const { engine } = subject;
      const failure = (): HandoffError =>
        new HandoffError('AGENT_FAILED', 'The drawer is stuck.', { retryable: false });
      engine.define('fails', async () => {
        throw failure();
      });
      engine.define('fails-in-step', (run) =>
        run.step('try', async () => {
          throw failure();
        }),
      );
      await engine.start();
      for (const name of ['fails', 'fails-in-step']) {
        const id = runId(name);
        await engine.submit(name, null, { id });
        await expect(resultOf(subject, id)).rejects.toMatchObject({
          code: 'AGENT_FAILED',
          message: 'The drawer is stuck.',
        });
      }
    },
  },
  {
    name: 'says that a run is running until it has ended, and not after that',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', null, { id });
      expect(await engine.status(id)).toBe('running');
      const step = await work.step(id);
      expect(await engine.status(id)).toBe('running');
      const result = resultOf(subject, id);
      step.end('done');
      await result;
      expect(await engine.status(id)).not.toBe('running');
    },
  },
  {
    name: 'knows nothing of a run that was never submitted',
    async run(subject) {
      const { engine } = subject;
      defineWork(subject);
      await engine.start();
      const id = runId('never');
      expect(await engine.status(id)).toBe('unknown');
      await expect(resultOf(subject, id)).rejects.toMatchObject({ code: 'HANDOFF_NOT_FOUND' });
      await within(subject.limitMs, 'the cancelling of an unknown run', engine.cancel(id));
      expect(await engine.status(id)).toBe('unknown');
    },
  },
  {
    name: 'refuses a run that nobody defined, and goes on',
    async run(subject) {
      const { engine } = subject;
      engine.define('known', async () => 'of known');
      await engine.start();
      const id = runId('a');
      await expect(engine.submit('unknown', null, { id })).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
      });
      expect(await engine.status(id)).toBe('unknown');
      await engine.submit('known', null, { id });
      expect(await resultOf(subject, id)).toBe('of known');
    },
  },
  {
    name: 'knows each body by its name',
    async run(subject) {
      const { engine } = subject;
      const names = ['a', 'b', '__proto__'];
      for (const name of names) engine.define(name, async () => `of ${name}`);
      await engine.start();
      for (const name of names) {
        const id = runId('named');
        await engine.submit(name, null, { id });
        expect(await resultOf(subject, id)).toBe(`of ${name}`);
      }
    },
  },
  {
    name: 'keeps runs of one body apart: their inputs, their steps, their results',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const ids = [runId('a'), runId('b'), runId('c')];
      for (const id of ids) await engine.submit('work', { for: id }, { id });
      const results = ids.map((id) => resultOf(subject, id));
      for (const id of ids.toReversed()) {
        const step = await work.step(id);
        expect(step.input).toEqual({ for: id });
        step.end(`done ${id}`);
      }
      expect(await Promise.all(results)).toEqual(ids.map((id) => `done ${id}`));
      expect(work.begun).toBe(3);
    },
  },
];
