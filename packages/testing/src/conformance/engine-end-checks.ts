import { expect } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { defineWork, type EngineSubject, endOf, resultOf, runId } from './engine-subject.ts';
import { pause, within } from './within.ts';

/** Cancelling runs and stopping the engine. */
export const engineEndChecks: readonly ConformanceCheck<EngineSubject>[] = [
  {
    name: 'cancels: aborts the signal of the step that runs, and rejects the result',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', null, { id });
      const end = endOf(subject, id);
      const step = await work.step(id);
      expect(step.signal.aborted).toBe(false);
      await engine.cancel(id);
      expect(await end).toHaveProperty('error');
      expect(step.signal.aborted).toBe(true);
      expect(await engine.status(id)).not.toBe('running');
    },
  },
  {
    name: 'cancels a run that has just been submitted',
    async run(subject) {
      const { engine } = subject;
      defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', null, { id });
      const end = endOf(subject, id);
      await engine.cancel(id);
      expect(await end).toHaveProperty('error');
    },
  },
  {
    name: 'cancels the run it was told to, and no other',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const [id, other] = [runId('a'), runId('b')];
      await engine.submit('work', null, { id });
      await engine.submit('work', null, { id: other });
      const end = endOf(subject, id);
      await work.step(id);
      const step = await work.step(other);
      await engine.cancel(id);
      expect(await end).toHaveProperty('error');
      expect(step.signal.aborted).toBe(false);
      const otherResult = resultOf(subject, other);
      step.end('done');
      expect(await otherResult).toBe('done');
    },
  },
  {
    name: 'takes no new runs once it is stopped',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      await within(subject.limitMs, 'the stop', engine.stop());
      await expect(engine.submit('work', null, { id: runId('late') })).rejects.toThrow();
      await pause(5);
      expect(work.begun).toBe(0);
    },
  },
  {
    name: 'stops at once where nothing runs, however long the drain',
    async run(subject) {
      const { engine } = subject;
      engine.define('quick', async () => 'done');
      await engine.start();
      const id = runId('a');
      await engine.submit('quick', null, { id });
      await resultOf(subject, id);
      await within(subject.limitMs, 'the stop', engine.stop({ drainMs: 600_000 }));
    },
  },
  {
    name: 'waits on stop until the runs it has have ended',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', null, { id });
      const result = resultOf(subject, id);
      const step = await work.step(id);
      let isStopped = false;
      const stopping = engine.stop().then(() => {
        isStopped = true;
      });
      await pause(20);
      expect(isStopped).toBe(false);
      expect(step.signal.aborted).toBe(false);
      step.end('in peace');
      await within(subject.limitMs, 'the stop', stopping);
      expect(await result).toBe('in peace');
    },
  },
  {
    name: 'lets runs end while it drains',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', null, { id });
      const result = resultOf(subject, id);
      const step = await work.step(id);
      const stopping = engine.stop({ drainMs: 600_000 });
      await pause(5);
      step.end('in time');
      expect(await result).toBe('in time');
      await within(subject.limitMs, 'the stop', stopping);
    },
  },
  {
    name: 'waits on stop no longer than the drain',
    async run(subject) {
      const { engine } = subject;
      const work = defineWork(subject);
      await engine.start();
      const id = runId('a');
      await engine.submit('work', null, { id });
      // How a run ends that was cut off is the engine's: a durable one goes on elsewhere.
      engine.result(id).catch(() => {});
      await work.step(id);
      await within(subject.limitMs, 'the stop', engine.stop({ drainMs: 10 }));
    },
  },
];
