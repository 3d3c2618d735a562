import type { Journal, Mountable } from '@copilotkit/aimock';
import { isRecord } from '../wire/is-record.ts';
import type { RequestProblem } from '../wire/request-problem.ts';
import { type IncomingRequest, peekBody } from './peek-body.ts';
import type { ReceivedRequest } from './received-request.ts';
import { type WireApi, wireApiOf } from './wire-api.ts';

type OutgoingResponse = Parameters<Mountable['handleRequest']>[1];

/** Stands in front of aimock: notes each request, and answers the ones with problems itself. */
export class StrictGate implements Mountable {
  readonly received: ReceivedRequest[] = [];
  #journal: Journal | undefined;

  /** Called by aimock when it starts. */
  setJournal(journal: Journal): void {
    this.#journal = journal;
  }

  /** True where the request was refused; otherwise it goes on to aimock, body and all. */
  async handleRequest(
    request: IncomingRequest,
    response: OutgoingResponse,
    pathname: string,
  ): Promise<boolean> {
    const api = request.method === 'POST' ? wireApiOf(pathname) : undefined;
    if (api === undefined) return false;
    const body = parsed(await peekBody(request));
    const problems = api.check(body);
    if (isRecord(body)) this.received.push({ api: api.name, body, problems });
    const [first] = problems;
    if (first === undefined) return false;
    this.#refuse(request, response, body, api, first);
    return true;
  }

  #refuse(
    request: IncomingRequest,
    response: OutgoingResponse,
    body: unknown,
    api: WireApi,
    problem: RequestProblem,
  ): void {
    this.#journal?.add({
      method: 'POST',
      path: request.url ?? '',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: (isRecord(body) ? body : null) as never,
      response: { status: 400, fixture: null, source: 'internal' },
    });
    response.writeHead(400, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
    });
    response.end(JSON.stringify(api.refusal(problem)));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
