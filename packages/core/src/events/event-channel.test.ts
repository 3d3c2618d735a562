import { describe, expect, it } from 'vitest';
import { localEventChannel } from './event-channel.ts';
import type { LiveEvent } from './handoff-event.ts';

const delta = (taskId: string, text = 'x'): LiveEvent => ({
  type: 'output-delta',
  taskId,
  handoffId: 'h',
  agentId: 'a',
  attempt: 1,
  delta: text,
});

describe('localEventChannel', () => {
  it('tells the followers of a task, all of them and no one else, until they leave', () => {
    const channel = localEventChannel();
    const heard: string[] = [];
    const leave = channel.subscribe('t-1', () => heard.push('one'));
    channel.subscribe('t-1', () => heard.push('two'));
    channel.subscribe('t-2', () => heard.push('other'));
    channel.publish(delta('t-1'));
    leave();
    channel.publish(delta('t-1'));
    channel.publish(delta('t-3'));
    expect(heard).toEqual(['one', 'two', 'two']);
  });

  it('says which tasks are followed', () => {
    const channel = localEventChannel();
    expect(channel.isFollowed?.('t-1')).toBe(false);
    const leave = [channel.subscribe('t-1', () => {}), channel.subscribe('t-1', () => {})];
    expect(channel.isFollowed?.('t-1')).toBe(true);
    leave[0]?.();
    expect(channel.isFollowed?.('t-1')).toBe(true);
    leave[1]?.();
    expect(channel.isFollowed?.('t-1')).toBe(false);
  });

  it('leaving twice takes nobody else along', () => {
    const channel = localEventChannel();
    const heard: LiveEvent[] = [];
    const leave = channel.subscribe('t-1', () => {});
    leave();
    channel.subscribe('t-1', (event) => heard.push(event));
    leave();
    channel.publish(delta('t-1'));
    expect(heard).toHaveLength(1);
  });

  it('one function that follows twice leaves once for each', () => {
    const channel = localEventChannel();
    const heard: LiveEvent[] = [];
    const listener = (event: LiveEvent) => void heard.push(event);
    const leave = channel.subscribe('t-1', listener);
    channel.subscribe('t-1', listener);
    leave();
    channel.publish(delta('t-1'));
    expect(heard).toHaveLength(1);
  });

  it('a follower that throws keeps the event from nobody, and publishing goes on', () => {
    const channel = localEventChannel();
    const heard: LiveEvent[] = [];
    channel.subscribe('t-1', () => {
      throw new Error('boom');
    });
    channel.subscribe('t-1', (event) => heard.push(event));
    expect(() => channel.publish(delta('t-1'))).not.toThrow();
    expect(heard).toHaveLength(1);
  });

  it('may be followed and left while it publishes', () => {
    const channel = localEventChannel();
    const heard: string[] = [];
    const leave = channel.subscribe('t-1', () => {
      heard.push('first');
      leave();
      channel.subscribe('t-1', () => heard.push('late'));
    });
    channel.subscribe('t-1', () => heard.push('second'));
    channel.publish(delta('t-1'));
    expect(heard).toEqual(['first', 'second']);
    channel.publish(delta('t-1'));
    expect(heard.slice(2)).toEqual(['second', 'late']);
  });
});
