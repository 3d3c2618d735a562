import { Agent, type IncomingMessage, request as send } from 'node:http';

/** Connections that are kept. */
export const connections = (maxSockets: number): Agent =>
  new Agent({ keepAlive: true, maxSockets });

/** Posts JSON; resolves when the answer's headers are there. */
export function post(
  port: number,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      },
      resolve,
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The whole text of an answer. */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const piece of response) text += piece;
  return text;
}
