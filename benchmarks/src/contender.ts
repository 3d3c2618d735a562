/** One way to do the scenario's work. */
export interface Contender {
  readonly name: string;
  /** Runs in one sample: enough to outlast the clock's resolution, few enough to take turns often. */
  readonly batch: number;
  /** Does the scenario once, and checks its answer. */
  run(): Promise<void>;
  /** Looks at everything the runs left behind, once all is measured; says what it found. */
  verify?(): Promise<string>;
}
