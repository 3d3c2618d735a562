import type { HandoffEvent } from './handoff-event.ts';

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}
interface NodeLike {
  getBuiltinModule?(name: string): { channel(name: string): Channel } | undefined;
}

/** The diagnostics channel (`node:diagnostics_channel`) that every event is published on. */
export const eventChannelName = 'agent-handoff:event';

const channel = (globalThis as { process?: NodeLike }).process
  ?.getBuiltinModule?.('node:diagnostics_channel')
  ?.channel(eventChannelName);

/**
 * Tells instrumentation of an event, without content: a delta is told by its length. Costs nothing
 * while nobody subscribes, and does nothing where the platform has no diagnostics channel.
 *
 * @param make makes the event; called only where somebody listens.
 */
export function publishEvent(make: () => HandoffEvent): void {
  if (channel?.hasSubscribers !== true) return;
  const event = make();
  if (event.type === 'output-delta') {
    const { delta, ...rest } = event;
    channel.publish({ ...rest, length: delta.length });
  } else {
    channel.publish(event);
  }
}
