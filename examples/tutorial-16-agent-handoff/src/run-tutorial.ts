import { HandoffError, memoryStore } from '@agent-handoff/core';
import { localEndpoint, type Respond } from './models/local-endpoint.ts';
import { remoteEndpoint } from './models/remote-endpoint.ts';
import { createSlots } from './models/slots.ts';
import { part1Agents } from './parts/part-1-agents.ts';
import { part2Context } from './parts/part-2-context.ts';
import { part3Reasons } from './parts/part-3-reasons.ts';
import { part4Manager } from './parts/part-4-manager.ts';
import { part5Creating } from './parts/part-5-creating.ts';
import { part6Executing } from './parts/part-6-executing.ts';
import { part7Chain } from './parts/part-7-chain.ts';
import { part8History } from './parts/part-8-history.ts';
import { part9Patterns } from './parts/part-9-patterns.ts';
import { part10Practices } from './parts/part-10-practices.ts';
import { proveTicket } from './prove-ticket.ts';
import { Screen, wantsColour } from './screen.ts';
import { maxOutputTokens, readSettings, type Settings } from './settings.ts';
import { Disproved, type Stage } from './stage.ts';

/** What a test may put in the place of the real thing. */
export interface TutorialOptions {
  /** What the local model answers. */
  readonly respond?: Respond;
}

/** Runs all ten parts and proves what they show; resolves to the exit code of the process. */
export async function runTutorial({ respond }: TutorialOptions = {}): Promise<0 | 1> {
  const began = performance.now();
  const { stdout, env } = process;
  const screen = new Screen((text) => stdout.write(text), {
    colour: wantsColour(stdout, env),
    secret: env['OPENAI_API_KEY']?.trim() || undefined,
  });
  try {
    const settings = readSettings(env);
    await using endpoint =
      settings.baseUrl === undefined
        ? await localEndpoint(respond)
        : remoteEndpoint(settings.baseUrl);
    // A key for elsewhere is no business of the server on this machine.
    const known = settings.baseUrl === undefined ? { ...settings, apiKey: undefined } : settings;
    const stage: Stage = {
      screen,
      endpoint,
      slots: createSlots(known, endpoint, screen),
      ticket: `T-${crypto.randomUUID().slice(0, 8)}`,
      store: memoryStore(),
    };
    printSettings(stage, settings);
    await allParts(stage);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    screen.line();
    screen.line(`All ten parts held: ${screen.modelCalls} model calls in ${seconds} s.`);
    return 0;
  } catch (thrown) {
    screen.endQuote();
    screen.line();
    screen.wholeLine(`FAILED  ${reasonOf(thrown)}`);
    return 1;
  }
}

async function allParts(stage: Stage): Promise<void> {
  const team = await part1Agents(stage);
  part2Context(stage, team);
  part3Reasons(stage);
  const manager = await part4Manager(stage, team);
  const created = await part5Creating(stage, manager);
  await part6Executing(stage, manager, created);
  const chain = await part7Chain(stage, manager);
  await part8History(stage, manager);
  await part9Patterns(stage);
  await part10Practices(stage, manager, chain);
  proveTicket(stage, chain);
}

function printSettings({ screen, endpoint, ticket }: Stage, settings: Settings): void {
  const { model, modelB } = settings;
  screen.heading('Agent handoff, in ten parts');
  screen.line(
    'Nobody can pay by card in a web shop. Its agents hand the case to each other, and every model call goes over HTTP. Each part is a file in examples/tutorial-16-agent-handoff/src/parts.',
  );
  screen.line();
  screen.field('endpoint', `${endpoint.baseUrl} (${endpoint.name})`);
  screen.field('model', model);
  screen.field('model B', modelB === model ? `${modelB} (the same)` : modelB);
  screen.field('max tokens', `${maxOutputTokens} in an answer`);
  screen.field('API key', keyState(settings));
  screen.field('ticket', `${ticket}, drawn for this run`);
  if (settings.baseUrl !== undefined) return;
  screen.line();
  screen.line(
    'For a real model set OPENAI_BASE_URL, OPENAI_API_KEY, MODEL and, if you like, MODEL_B.',
  );
}

function keyState({ apiKey, baseUrl }: Settings): string {
  if (apiKey === undefined) return 'not set';
  return baseUrl === undefined ? 'set, and not sent to this machine' : 'set';
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof Disproved) return `This does not hold: ${thrown.message}`;
  if (HandoffError.isInstance(thrown)) return `${thrown.code}: ${thrown.message}`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}
