/** What an engine can do that others can't. */
export interface EngineCapabilities {
  /** A run goes on after its process died. */
  readonly durable: boolean;
  /** Any process of several can run it. */
  readonly distributed: boolean;
  /** A waiting run holds no memory. */
  readonly nonResidentWaits: boolean;
}

/** Where a run stands; `unknown` also after its end, where the engine keeps no results. */
export type RunStatus = 'unknown' | 'running';

/** What a step knows of its own execution. */
export interface StepInput {
  /** The same for every attempt of this step of this run. */
  readonly idempotencyKey: string;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
}

/**
 * One run, as its body sees it. A body reads clock, randomness, models and stores only inside a
 * `step`; keys are stable; inputs and outputs are plain JSON. What `run` throws is the engine's way to
 * park, suspend or cancel: a body never catches it.
 */
export interface DurableRun {
  readonly id: string;
  step<Output>(key: string, body: (step: StepInput) => Promise<Output>): Promise<Output>;
  /**
   * Runs defined bodies beside each other and waits for all of them; their results in the order of
   * `children`. Cancelling this run cancels them; one that throws rejects, after all have ended.
   */
  all<Output>(key: string, children: readonly ChildRun[]): Promise<readonly Output[]>;
}

/** A run to be made inside another one. */
export interface ChildRun {
  readonly name: string;
  readonly input: unknown;
}

/** The code of a run. */
export type RunBody<Input, Output> = (run: DurableRun, input: Input) => Promise<Output>;

/** Where handoffs run: in this process, or on a durable engine. */
export interface ExecutionEngine {
  readonly capabilities: EngineCapabilities;
  /** Names a body; before `start`. */
  define<Input, Output>(name: string, body: RunBody<Input, Output>): void;
  start(): Promise<void>;
  /** Takes no new runs, and waits up to `drainMs` (default: until they end) for the ones it has. */
  stop(options?: { readonly drainMs?: number }): Promise<void>;
  /** Begins a run. `id` is its idempotency key: while it is known, a second submission changes nothing. */
  submit(name: string, input: unknown, options: { readonly id: string }): Promise<void>;
  /** Aborts the signals of the run's steps. */
  cancel(id: string): Promise<void>;
  status(id: string): Promise<RunStatus>;
  /** Settles as the run does; rejects for a run that the engine doesn't know (any more). */
  result(id: string): Promise<unknown>;
}
