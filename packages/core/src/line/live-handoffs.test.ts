import { expect, it } from 'vitest';
import { HandoffError } from '../errors/handoff-error.ts';
import { LiveHandoffs } from './live-handoffs.ts';

const error = new HandoffError('CANCELLED', 'stopped');

/** What was stopped, in order, under the names that it was added by. */
function desk() {
  const live = new LiveHandoffs();
  const stopped: string[] = [];
  const add = (name: string, handoffId: string, parentIds: readonly string[] = []) =>
    live.add(handoffId, parentIds, (thrown) => {
      expect(thrown).toBe(error);
      stopped.push(name);
    });
  return { live, stopped, add };
}

it('stops a handoff after all that runs under it, and nothing else', () => {
  const { live, stopped, add } = desk();
  add('root', 'r');
  add('child', 'c', ['r']);
  add('grandchild', 'g', ['x', 'c']);
  add('other', 'o', ['x']);
  live.stop('r', error);
  expect(stopped).toEqual(['grandchild', 'child', 'root']);
});

it('stops nothing that was forgotten', () => {
  const { live, stopped, add } = desk();
  add('a', 'a')();
  live.stop('a', error);
  expect(stopped).toEqual([]);
});

it('stops each attempt of a handoff that still runs, whichever was forgotten', () => {
  const { live, stopped, add } = desk();
  const forget = add('first', 'h');
  add('second', 'h');
  live.stop('h', error);
  expect(stopped).toEqual(['first', 'second']);
  forget();
  live.stop('h', error);
  expect(stopped).toEqual(['first', 'second', 'second']);
});
