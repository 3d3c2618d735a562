import type { Json, JsonObject } from '../context/json.ts';

/** What a tool hands back to the model that called it. */
export interface HandoffToolResult {
  /** What the model sees. */
  readonly output: Json;
  /** True where the model's turn is over: it is not called again in this run. */
  readonly endsTurn?: boolean;
}

/** One call of a tool. */
export interface HandoffToolCall {
  readonly toolCallId: string;
  readonly signal: AbortSignal;
}

/** A tool in no framework's shape; adapters turn it into their own. `createTool` makes one of a schema. */
export interface HandoffTool {
  /** Letters, digits, `_` and `-`, at most 64: what every provider accepts. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the input, an object at the top. */
  readonly inputSchema: JsonObject;
  /** Runs the tool. What it throws is told to the model as an error. */
  execute(input: Json, call: HandoffToolCall): Promise<HandoffToolResult> | HandoffToolResult;
}
