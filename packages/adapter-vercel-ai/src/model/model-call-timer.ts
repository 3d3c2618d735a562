import type { ModelCall } from './ai-sdk-model-options.ts';

/** Measures model calls: from the start of a step to its end, or to the first tool that it runs. */
export class ModelCallTimer {
  readonly #modelId: string;
  readonly #onModelCall: ((call: ModelCall) => void) | undefined;
  #startedAt = 0;
  #endedAt: number | undefined;

  constructor(modelId: string, onModelCall: ((call: ModelCall) => void) | undefined) {
    this.#modelId = modelId;
    this.#onModelCall = onModelCall;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#endedAt = undefined;
  }

  /** Only the first of a call counts. */
  end(): void {
    this.#endedAt ??= performance.now();
  }

  report(inputTokens: number, outputTokens: number): void {
    this.end();
    const durationMs = (this.#endedAt ?? 0) - this.#startedAt;
    this.#onModelCall?.({ modelId: this.#modelId, durationMs, inputTokens, outputTokens });
  }
}
