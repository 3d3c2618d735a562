const brand = Symbol.for('agent-handoff.HandoffDelta');

/** A piece of a target's answer, in the stream of a `HandoffRunnable` before the completed handoff. */
export class HandoffDelta {
  readonly delta: string;

  constructor(delta: string) {
    this.delta = delta;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for a `HandoffDelta` of any copy of this package. */
  static isInstance(value: unknown): value is HandoffDelta {
    return typeof value === 'object' && value !== null && brand in value;
  }

  /** LangChain joins what is streamed: what comes last, the completed handoff, is the whole. */
  concat<Next>(next: Next): Next {
    return next;
  }
}
