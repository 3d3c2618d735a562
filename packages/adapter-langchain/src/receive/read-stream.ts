import type { ModelRequest } from '@agent-handoff/core/adapter';
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import type { Runnable, RunnableConfig } from '@langchain/core/runnables';
import type { RunnableKind } from './runnable-input.ts';

type OnEvent = NonNullable<ModelRequest['onEvent']>;

/** Runs a runnable as a stream, tells what it says and which tools it calls, and gives what it answered. */
export async function readStream(
  runnable: Runnable,
  kind: RunnableKind,
  input: unknown,
  config: RunnableConfig,
  onEvent: OnEvent,
): Promise<unknown> {
  return kind === 'graph'
    ? readGraph(runnable, input, config, onEvent)
    : readPieces(runnable, input, config, onEvent);
}

/** What LangGraph says of the run that a message comes from. */
interface Whence {
  readonly handoff_id?: string;
  readonly langgraph_node?: string;
}

type GraphPiece =
  | readonly ['messages', readonly [BaseMessage, Whence]]
  | readonly ['values', { readonly messages?: readonly BaseMessage[] }];

async function readGraph(
  graph: Runnable,
  input: unknown,
  config: RunnableConfig,
  onEvent: OnEvent,
): Promise<unknown> {
  const streaming = { ...config, streamMode: ['values', 'messages'] };
  const pieces = (await graph.stream(input, streaming)) as AsyncIterable<GraphPiece>;
  const { handoff_id } = (config.metadata ?? {}) as Whence;
  const known = new Set<string>();
  /** The ids of what others said that the work was handed to, and what models inside of tools said. */
  const others = new Set<string>();
  let state: unknown;
  for await (const [mode, piece] of pieces) {
    if (mode === 'messages') {
      const [message, whence] = piece;
      const isOwn = whence.handoff_id === handoff_id && whence.langgraph_node !== 'tools';
      if (isOwn) tellText(message, onEvent);
      else others.add(message.id ?? '');
      continue;
    }
    // What the graph takes over of others is told whole: LangGraph told it as theirs.
    for (const message of piece.messages ?? []) {
      if (others.delete(message.id ?? '')) tellText(message, onEvent);
    }
    if (state !== undefined) tellCalls(piece.messages ?? [], known, onEvent);
    else for (const call of callsOf(piece.messages ?? [])) known.add(call.id);
    state = piece;
  }
  return state;
}

function tellText(message: BaseMessage, onEvent: OnEvent): void {
  if (!AIMessage.isInstance(message) || message.text === '') return;
  onEvent({ type: 'output-delta', delta: message.text });
}

function tellCalls(messages: readonly BaseMessage[], known: Set<string>, onEvent: OnEvent): void {
  for (const { id, name } of callsOf(messages)) {
    if (known.has(id)) continue;
    known.add(id);
    onEvent({ type: 'tool-called', toolCallId: id, toolName: name });
  }
}

const callsOf = (messages: readonly BaseMessage[]): { id: string; name: string }[] =>
  messages.flatMap((message) =>
    AIMessage.isInstance(message)
      ? (message.tool_calls ?? []).map(({ id = '', name }) => ({ id, name }))
      : [],
  );

async function readPieces(
  runnable: Runnable,
  input: unknown,
  config: RunnableConfig,
  onEvent: OnEvent,
): Promise<unknown> {
  let whole: unknown;
  for await (const piece of await runnable.stream(input, config)) {
    const delta = typeof piece === 'string' ? piece : textOf(piece);
    if (delta !== '') onEvent({ type: 'output-delta', delta });
    whole = joined(whole, piece);
  }
  return whole;
}

const textOf = (piece: unknown): string => (AIMessage.isInstance(piece) ? piece.text : '');

/** Texts and messages come in parts; of data each piece is the whole so far. */
function joined(whole: unknown, piece: unknown): unknown {
  if (typeof whole === 'string' && typeof piece === 'string') return whole + piece;
  if (AIMessageChunk.isInstance(whole) && AIMessageChunk.isInstance(piece)) {
    return whole.concat(piece);
  }
  return piece;
}
