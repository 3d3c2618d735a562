import type { HandoffStore } from '../../src/record/handoff-store.ts';

/** Everything that a handoff, or a task, can go through; each has to happen in a sample. */
export const transitions = [
  'begins > requested',
  'requested > accepted',
  'requested > rejected',
  'requested > cancelled',
  'requested > approval-requested',
  'accepted > accepted',
  'accepted > completed',
  'accepted > failed',
  'accepted > cancelled',
  'accepted > approval-requested',
  'approval-requested > approval-decided',
  'approval-requested > accepted',
  'approval-requested > failed',
  'approval-requested > cancelled',
  'approval-decided > accepted',
  'approval-decided > completed',
  'approval-decided > rejected',
  'approval-decided > cancelled',
  'task > joined',
  'task > erased',
] as const;

export type Transition = (typeof transitions)[number];

/** In how many of all runs each transition happened, and how often in all. */
export class TransitionCount {
  readonly runs = new Map<string, number>();
  readonly times = new Map<string, number>();
  #all = 0;

  async add(store: HandoffStore): Promise<void> {
    this.#all++;
    const seen = new Set<string>();
    for await (const transition of transitionsIn(store)) {
      seen.add(transition);
      this.times.set(transition, (this.times.get(transition) ?? 0) + 1);
    }
    for (const transition of seen) this.runs.set(transition, (this.runs.get(transition) ?? 0) + 1);
  }

  /** The share of runs in which a transition happened, from 0 to 1. */
  shareOf(transition: Transition): number {
    return (this.runs.get(transition) ?? 0) / this.#all;
  }

  toString(): string {
    const names = new Set([...transitions, ...this.times.keys()]);
    const lines = [...names].map((name) => {
      const share = ((100 * (this.runs.get(name) ?? 0)) / this.#all).toFixed(1);
      return `${name.padEnd(40)} ${String(this.times.get(name) ?? 0).padStart(8)} times, in ${share.padStart(5)} % of ${this.#all} runs`;
    });
    return lines.join('\n');
  }
}

async function* transitionsIn(store: HandoffStore): AsyncGenerator<string> {
  const { handoffs } = await store.query({ limit: 10_000 });
  for (const taskId of new Set(handoffs.map(([first]) => first?.taskId ?? ''))) {
    const newest = new Map<string, string>();
    for (const { handoffId, type } of await store.readTask(taskId)) {
      if (type === 'joined' || type === 'erased') yield `task > ${type}`;
      else {
        yield `${newest.get(handoffId) ?? 'begins'} > ${type}`;
        newest.set(handoffId, type);
      }
    }
  }
}
