import { type Message, message, repairTranscript } from '@agent-handoff/core';
import { checkTranscript } from '@agent-handoff/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomTranscript } from '../random-transcript.ts';
import { wires } from './wires.ts';

// Transcripts as they reach a provider, against checks that know nothing of transcripts.
const seed = Number(process.env['SEED'] ?? 20_261_124);
const numRuns = process.env['FULL'] ? 10_000 : 1_000;

/** As an agent sends it: after the prompt and before the request to go on. */
const sent = (messages: readonly Message[]): readonly Message[] => [
  message.user('Prompt'),
  ...messages,
  message.user('Go on'),
];

describe.each(wires)('$name', ({ provider, problems }) => {
  test(`takes every repaired transcript (seed ${seed})`, () => {
    fc.assert(
      fc.property(randomTranscript, (messages) => {
        expect(problems(sent(repairTranscript(messages)))).toEqual([]);
      }),
      { seed, numRuns },
    );
  });

  test(`takes what checkTranscript takes, and refuses most of the others (seed ${seed})`, () => {
    let refused = 0;
    let broken = 0;
    fc.assert(
      fc.property(randomTranscript, (messages) => {
        const isSound = checkTranscript(sent(messages), { provider }).length === 0;
        const found = problems(sent(messages)).length > 0;
        if (isSound) expect(problems(sent(messages))).toEqual([]);
        broken += isSound ? 0 : 1;
        refused += found ? 1 : 0;
      }),
      { seed, numRuns: numRuns / 2 },
    );
    expect(refused).toBeGreaterThan(broken * 0.6);
    expect(broken).toBeGreaterThan(numRuns / 8);
  });
});
