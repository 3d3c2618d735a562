import { describeHandoffAgent, type MakeAgent } from '@agent-handoff/testing/conformance';
import { ToolLoopAgent } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromAiSdk } from '../../src/index.ts';
import { type DoubleServer, doubleServer } from './doubles.ts';
import type { Sdk } from './sdk.ts';

/** What every agent promises, over HTTP against a server that refuses what strict providers refuse. */
export function conformanceSuite(sdk: Sdk): void {
  let doubles: DoubleServer;
  beforeAll(async () => {
    doubles = await doubleServer();
  });
  afterAll(() => doubles[Symbol.asyncDispose]());

  const make: MakeAgent = (double) => {
    const model = sdk.compatible({ baseURL: doubles.server.url })(doubles.model(double));
    return fromAiSdk(({ tools }) => new ToolLoopAgent({ model, tools }), { id: 'subject' });
  };
  describeHandoffAgent('fromAiSdk', make);

  test('the strict server had nothing to refuse', () => {
    const asked = doubles.server.requests();
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.flatMap(({ problems }) => problems)).toEqual([]);
  });
}
