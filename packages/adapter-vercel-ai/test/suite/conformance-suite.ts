import { describeHandoffAgent, type MakeAgent } from '@agent-handoff/testing/conformance';
import { ToolLoopAgent } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromAiSdk } from '../../src/index.ts';
import { defineAiSdkAgent } from '../../src/model.ts';
import { type DoubleServer, doubleServer } from './doubles.ts';
import type { Sdk } from './sdk.ts';

/** What every agent promises, over HTTP against a server that refuses what strict providers refuse. */
export function conformanceSuite(sdk: Sdk): void {
  let doubles: DoubleServer;
  beforeAll(async () => {
    doubles = await doubleServer();
  });
  afterAll(() => doubles[Symbol.asyncDispose]());

  const clients = {
    'chat completions': (id: string) =>
      sdk.compatible({ baseURL: doubles.server.url, includeUsage: true })(id),
    responses: (id: string) => sdk.openai({ baseURL: doubles.server.url, apiKey: 'none' })(id),
    anthropic: (id: string) => sdk.anthropic({ baseURL: doubles.server.url, apiKey: 'none' })(id),
  };
  for (const [name, client] of Object.entries(clients)) {
    const make: MakeAgent = (double) => {
      const model = client(doubles.model(double));
      return fromAiSdk(({ tools }) => new ToolLoopAgent({ model, tools, maxOutputTokens: 1000 }), {
        id: 'subject',
      });
    };
    describeHandoffAgent(`fromAiSdk, ${name},`, make);
  }
  describeHandoffAgent('defineAiSdkAgent', (double) =>
    defineAiSdkAgent({ id: 'subject', model: clients['chat completions'](doubles.model(double)) }),
  );

  test('the strict server had nothing to refuse', () => {
    const asked = doubles.server.requests();
    expect(asked.length).toBeGreaterThan(160);
    expect(asked.flatMap(({ problems }) => problems)).toEqual([]);
  });
}
