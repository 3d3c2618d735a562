import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Served, serveNode } from './serve.ts';

/** A peer that does what no handler does. */
export interface RawServer extends Served {
  /** Method and path of every request so far. */
  readonly requests: readonly string[];
}

/** Answers each request by hand; the requests are counted from 0. */
export async function rawServer(
  answer: (response: ServerResponse, request: IncomingMessage, index: number) => void,
): Promise<RawServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`);
    request.resume();
    answer(response, request, requests.length - 1);
  });
  return { ...(await serveNode(server)), requests };
}

/** Begins an event stream of the handoff `h`. */
export function beginStream(response: ServerResponse): ServerResponse {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    location: 'https://elsewhere.example/handoffs/h',
  });
  return response;
}

/** The last event of a handoff that was done. */
export const doneEvent = {
  type: 'result',
  taskId: 't',
  handoffId: 'h',
  custodyHead: 'f00d'.repeat(16),
  result: {
    status: 'completed',
    success: true,
    taskId: 't',
    handoffId: 'h',
    output: 'Done.',
    finalConfidence: 0.5,
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    findings: { billing: 'Done.' },
    messages: [],
  },
} as const;

/** An event as it is written. */
export const written = (event: object, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`;
