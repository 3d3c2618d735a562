import type { ServerResponse } from 'node:http';
import {
  createHandoffContext,
  createHandoffManager,
  type HandoffResult,
} from '@agent-handoff/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createRemoteAgent, type NodeRemoteAgentOptions } from '../src/node.ts';
import { remoteOf } from './desk.ts';
import { beginStream, doneEvent, type RawServer, rawServer, written } from './raw-server.ts';

let peer: RawServer | undefined;
afterEach(() => peer?.close());

/** Hands over work to a peer that behaves like this. */
async function handTo(
  answer: Parameters<typeof rawServer>[0],
  options: Partial<NodeRemoteAgentOptions> = {},
): Promise<HandoffResult> {
  peer = await rawServer(answer);
  const agent = remoteOf(peer, {
    answerTimeoutMs: 100,
    silenceTimeoutMs: 100,
    maxRetries: 1,
    ...options,
  });
  return createHandoffManager({ agents: [agent] }).executeHandoff({ target: 'billing', task: 'x' });
}

const failed = (message: RegExp, retryable = false) => ({
  status: 'failed',
  error: { code: 'AGENT_FAILED', message: expect.stringMatching(message), retryable },
});

describe('a peer that', () => {
  it('never answers: is given up after its retries', async () => {
    const sent: (string | undefined)[] = [];
    const result = await handTo((_response, { headers }) => void sent.push(headers['if-match']));
    expect(result).toMatchObject(failed(/did not answer within 100 ms/, true));
    // And then whether it has the work all the same, to stop it.
    await expect.poll(() => sent.slice(0, 3)).toEqual([undefined, undefined, '*']);
  });

  it('is not there', async () => {
    peer = await rawServer(() => {});
    const { url } = peer;
    await peer.close();
    const agent = remoteOf({ url }, { maxRetries: 0 });
    const here = createHandoffManager({ agents: [agent] });
    const result = await here.executeHandoff({ target: 'billing', task: 'x' });
    expect(result).toMatchObject(failed(/could not be reached/, true));
    expect(JSON.stringify(result)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
  });

  it('begins a stream and says nothing more: is asked again, and given up', async () => {
    const result = await handTo((response) => void beginStream(response).flushHeaders());
    expect(result).toMatchObject(failed(/was silent for 100 ms/, true));
    const asked = peer?.requests.slice(0, 2);
    expect(asked).toEqual(['POST /agents/handoffs', 'GET /agents/handoffs/h/events']);
    // Nobody waits any more: it is told to stop.
    await expect.poll(() => peer?.requests.at(-1)).toBe('POST /agents/handoffs/h/cancel');
  });

  it('closes in the middle of an event: is asked for the rest', async () => {
    const heard: string[] = [];
    const lastIds: unknown[] = [];
    peer = await rawServer((response, { headers }, index) => {
      lastIds.push(headers['last-event-id']);
      beginStream(response);
      if (index === 0) {
        response.write(written({ type: 'accepted', handoffId: 'h', seq: 2 }, 2));
        response.write(written({ type: 'output-delta', handoffId: 'h', delta: 'Do' }));
        response.write('id: 3\ndata: {"type":"output-del');
        setTimeout(() => response.destroy(), 10);
      } else {
        response.end(
          written({ type: 'output-delta', handoffId: 'h', delta: 'ne.' }) + written(doneEvent),
        );
      }
    });
    const report = await remoteOf(peer).receiveHandoff(contextFor(), {
      onEvent: (event) => event.type === 'output-delta' && heard.push(event.delta),
    });
    expect(report).toMatchObject({ status: 'completed', output: 'Done.' });
    expect(heard).toEqual(['Do', 'ne.']);
    expect(lastIds).toEqual([undefined, '2']);
  });

  it('keeps closing, but gets on each time: is asked as often as it takes', async () => {
    const result = await handTo((response, _request, index) => {
      beginStream(response);
      if (index < 4) response.end(written({ type: 'joined', handoffId: 'h', seq: index }, index));
      else response.end(written(doneEvent));
    });
    expect(result.status).toBe('completed');
    expect(peer?.requests).toHaveLength(5);
  });

  it('ends its stream at once, every time: is given up', async () => {
    const result = await handTo((response) => void beginStream(response).end());
    expect(result).toMatchObject(failed(/closed the stream before its end/, true));
  });

  it('is overloaded: is left alone for as long as it says', async () => {
    let first = 0;
    let waitedMs = 0;
    const result = await handTo(
      (response, _request, index) => {
        if (index === 0) {
          first = Date.now();
          response.writeHead(503, { 'retry-after': '1' }).end();
        } else {
          waitedMs = Date.now() - first;
          beginStream(response).end(written(doneEvent));
        }
      },
      { answerTimeoutMs: 5_000 },
    );
    expect(result.status).toBe('completed');
    expect(waitedMs).toBeGreaterThan(900);
  });

  it.each([
    [301, 'http://127.0.0.1:1/'],
    [302, 'https://evil.example/'],
    [307, 'http://169.254.169.254/latest/meta-data'],
    [308, '/agents/elsewhere'],
  ])('redirects with %i to %s: is not followed', async (status, location) => {
    const result = await handTo((response) => void response.writeHead(status, { location }).end());
    expect(result).toMatchObject(failed(/redirect, which is not followed/));
    expect(peer?.requests).toEqual(['POST /agents/handoffs']);
  });

  it.each([400, 401, 403, 404, 410, 422, 501])(
    'answers %i without a word: failed, and not repeated',
    async (status) => {
      const result = await handTo(
        (response) => void response.writeHead(status).end('<h1>at foo (/srv/x.ts:1)</h1>'),
      );
      expect(result).toMatchObject(failed(new RegExp(`status ${status}`)));
      expect(JSON.stringify(result)).not.toContain('srv');
      expect(peer?.requests).toHaveLength(1);
    },
  );

  it('answers a problem that never ends: is not read for ever', async () => {
    const result = await handTo((response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' });
      const more = (): void => {
        if (response.write(`"${'x'.repeat(16_384)}`)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    expect(result).toMatchObject(failed(/status 400/));
  });

  it('answers a problem and holds the end of it back: is not waited for', async () => {
    const result = await handTo((response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' });
      response.write('{"detail":');
    });
    expect(result.status).toBe('failed');
  });

  it('lies about the length of its answer: what came counts, what did not is asked for', async () => {
    const result = await handTo((response, _request, index) => {
      if (index === 0) {
        response.socket?.end(
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nlocation: /handoffs/h\r\n' +
            'content-length: 9999\r\n\r\ndata: {"type":"gap"}\n\n',
        );
      } else {
        beginStream(response).end(written(doneEvent));
      }
    });
    expect(result.status).toBe('completed');
  });

  it('sends more in one event than maxEventBytes: failed', async () => {
    const answer: Parameters<typeof rawServer>[0] = (response) =>
      void beginStream(response).end(written(doneEvent));
    const maxEventBytes = written(doneEvent).length;
    expect(await handTo(answer, { maxEventBytes })).toMatchObject({ status: 'completed' });
    await peer?.close();
    expect(await handTo(answer, { maxEventBytes: 20 })).toMatchObject(failed(/can't be used/));
  });

  it.each<[string, string]>([
    ['no JSON', 'data: {"type"\n\n'],
    ['__proto__', 'data: {"__proto__":{"handoffId":"h"}}\n\n'],
    ['40 levels', `data: ${'['.repeat(40)}${']'.repeat(40)}\n\n`],
    ['a result of null', written({ ...doneEvent, result: null })],
    ['a result without custody', written({ ...doneEvent, custodyHead: 7 })],
    ['5 MB in one event', `data: "${'x'.repeat(5_000_000)}"\n\n`],
    ['5 MB without a line break', 'x'.repeat(5_000_000)],
  ])('sends %s: failed', async (_name, text) => {
    const result = await handTo((response) => void beginStream(response).end(text), {
      silenceTimeoutMs: 5_000,
    });
    expect(result).toMatchObject(failed(/can't be used/));
  });

  it.each<[string, object]>([
    ['no output', { output: undefined }],
    ['findings that are text', { findings: 'x' }],
    ['usage below 0', { usage: { inputTokens: -1, outputTokens: 0, totalTokens: 0 } }],
    ['a confidence of 2', { finalConfidence: 2 }],
    ['messages that are none', { messages: [7] }],
    ['neither an answer nor an error', { status: 'failed' }],
    ['a status that is none', { status: 'great' }],
  ])('sends a result with %s: it is not passed off as work', async (_name, wrong) => {
    const event = { ...doneEvent, result: { ...doneEvent.result, ...wrong } };
    const result = await handTo((response) => void beginStream(response).end(written(event)));
    if ('findings' in wrong) expect(result.status).toBe('completed');
    else expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
  });

  const failure = { status: 'failed', output: undefined, findings: {} };
  const says = (error: object) => ({ ...failure, error: { code: 'EMPTY_OUTPUT', ...error } });
  it.each<[string, object]>([
    ['details that are text', says({ message: 'x', details: 'x'.repeat(1_000_000) })],
    ['details that are a list', says({ message: 'x', details: [1, 2] })],
    ['details that are deep', says({ message: 'x', details: JSON.parse(deep(31)) })],
    [
      'details that speak of usage',
      says({ message: 'x', details: { usage: { totalTokens: -7 } } }),
    ],
    ['an error that is text', { ...failure, error: 'x' }],
    ['a code of a prototype', says({ code: 'constructor', message: 'x' })],
    ['a message of half a pair', says({ message: '\ud800' })],
    ['a message of 1 MB', says({ message: 'x'.repeat(1_000_000) })],
    ['usage below 0 in a failure', { ...says({ message: 'x' }), usage: { totalTokens: -1 } }],
    ['usage of text in a failure', { ...says({ message: 'x' }), usage: '7' }],
    ['output of half a pair', { output: '\ud800' }],
    ['findings beyond what is exact', { findings: { billing: { amount: 2 ** 60 } } }],
    ['data that is deep', { data: JSON.parse(deep(31)) }],
    ['a task id that is none', { taskId: 7 }],
    ['a task id of 1 MB', { taskId: 'x'.repeat(1_000_000) }],
    [
      'a message for somebody who waits that is no text',
      { status: 'awaiting-approval', error: [] },
    ],
    ['usage as large as can be', { usage: usageOf(Number.MAX_SAFE_INTEGER) }],
  ])('sends a result with %s: it ends, and its record is intact', async (_name, wrong) => {
    const event = { ...doneEvent, result: { ...doneEvent.result, ...wrong } };
    peer = await rawServer((response) => void beginStream(response).end(written(event)));
    const here = createHandoffManager({ agents: [remoteOf(peer)] });
    const result = await here.executeHandoff({ target: 'billing', task: 'x' });
    expect(result.status).toBeOneOf(['completed', 'failed', 'awaiting-approval']);
    expect(result.usage.totalTokens).toBeGreaterThanOrEqual(0);
    expect(result.error?.details ?? {}).not.toHaveProperty('0');
    expect(JSON.stringify(result).length).toBeLessThan(1_200_000);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(await here.verify(result.taskId)).toMatchObject({ intact: true, problems: [] });
  });

  it('claims the largest usage for each of several branches: their sum is recorded all the same', async () => {
    const event = {
      ...doneEvent,
      result: { ...doneEvent.result, usage: usageOf(Number.MAX_SAFE_INTEGER) },
    };
    let waiting: ServerResponse[] = [];
    peer = await rawServer((response) => {
      waiting.push(response);
      if (waiting.length < 2) return;
      for (const one of waiting) beginStream(one).end(written(event));
      waiting = [];
    });
    const agents = ['one', 'two'].map((id) =>
      createRemoteAgent({
        id,
        url: (peer as RawServer).url,
        allowHttp: true,
        allowAddresses: ['127.0.0.1'],
      }),
    );
    const here = createHandoffManager({ agents });
    const result = await here.parallelHandoff({ targets: ['one', 'two'], task: 'x' });
    expect(result.status).toBe('completed');
    const head = (await here.store.readTask(result.taskId)).at(-1);
    expect(Number.isSafeInteger(head?.ledger.used.tokens)).toBe(true);
    expect(Number.isSafeInteger(head?.ledger.used.costUsd)).toBe(true);
    expect(await here.verify(result.taskId)).toMatchObject({ intact: true, problems: [] });
  });

  it.each<[string, object]>([
    ['a head that is no digest', { custodyHead: 'f00d' }],
    ['another head of the right length', { custodyHead: 'z'.repeat(64) }],
    ['the id of another handoff', { result: { ...doneEvent.result, handoffId: 'other' } }],
    ['a task id that is none', { result: { ...doneEvent.result, taskId: '../x' } }],
  ])('tells of custody with %s: it is not recorded as proof', async (_name, wrong) => {
    const result = await handTo(
      (response) => void beginStream(response).end(written({ ...doneEvent, ...wrong })),
    );
    expect(result).toMatchObject(failed(/can't be used/));
    expect(result.custody).toBeUndefined();
  });

  it('is asked with headers that never come: is given up like one that never answers', async () => {
    const result = await handTo(() => {}, {
      headers: () => new Promise<never>(() => {}),
      maxRetries: 0,
    });
    expect(result).toMatchObject(failed(/did not answer within 100 ms/, true));
  });

  it.each([
    [429, '0'],
    [503, '0'],
    [503, 'Wed, 21 Oct 2015 07:28:00 GMT'],
    [503, '-1'],
    [425, undefined],
    [500, undefined],
    [502, undefined],
    [504, undefined],
  ] as const)('answers %i, retry-after %s: is asked again, and done', async (status, after) => {
    const result = await handTo((response, _request, index) => {
      if (index > 0) beginStream(response).end(written(doneEvent));
      else response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end();
    });
    expect(result.status).toBe('completed');
    expect(peer?.requests).toHaveLength(2);
  });

  it('sends the result of something else: it is not this one’s', async () => {
    const result = await handTo((response, _request, index) => {
      beginStream(response);
      response.end(written(index === 0 ? { ...doneEvent, handoffId: 'other' } : doneEvent));
    });
    expect(result.status).toBe('completed');
    expect(peer?.requests).toHaveLength(2);
  });

  it('does not say where the handoff is, or says nonsense: failed', async () => {
    for (const location of [
      undefined,
      '/',
      'https://evil.example/handoffs/../../admin',
      '/handoffs/a%2fb',
    ]) {
      const result = await handTo((response) => {
        response.writeHead(200, {
          'content-type': 'text/event-stream',
          ...(location && { location }),
        });
        response.end(written(doneEvent));
      });
      expect(result).toMatchObject(failed(/where the handoff is/));
      await peer?.close();
    }
  });

  it('drips bytes for ever: is ended by the timeout', async () => {
    const result = await handTo(
      (response) => {
        beginStream(response);
        const timer = setInterval(() => response.write(':\n\n'), 10);
        response.on('close', () => clearInterval(timer));
      },
      { timeoutMs: 150 },
    );
    expect(result).toMatchObject({ status: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
    await expect.poll(() => peer?.requests.at(-1)).toBe('POST /agents/handoffs/h/cancel');
  });
});

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}7${'}'.repeat(levels)}`;
const usageOf = (totalTokens: number) => ({ inputTokens: 0, outputTokens: 0, totalTokens });

const contextFor = () =>
  createHandoffContext({ sourceAgentId: 'user', targetAgentId: 'billing', originalTask: 'x' });
