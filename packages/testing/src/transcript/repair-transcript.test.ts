import { message, repairTranscript } from '@agent-handoff/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomTranscript } from '../../test/random-transcript.ts';
import { checkTranscript } from './check-transcript.ts';
import { transcriptProviders } from './transcript-problem.ts';

// Core's repair against a check that shares no code with it.
const seed = Number(process.env['SEED'] ?? 20_261_124);
const numRuns = process.env['FULL'] ? 10_000 : 2_000;

test(`repairTranscript gives what OpenAI, Anthropic and Gemini accept (seed ${seed})`, () => {
  fc.assert(
    fc.property(randomTranscript, (messages) => {
      const repaired = repairTranscript(messages);
      // As an agent sends it: after the prompt and before the request to go on.
      const sent = [message.user('Prompt'), ...repaired, message.user('Go on')];
      for (const provider of transcriptProviders) {
        expect(checkTranscript(sent, { provider })).toEqual([]);
      }
      expect(checkTranscript(sent)).toEqual([]);
      expect(repairTranscript(repaired)).toEqual(repaired);
    }),
    { seed, numRuns },
  );
});

test(`any slice of a repaired transcript can be repaired again (seed ${seed})`, () => {
  fc.assert(
    fc.property(randomTranscript, fc.nat(20), fc.nat(20), (messages, from, to) => {
      const slice = repairTranscript(repairTranscript(messages).slice(from, to));
      expect(checkTranscript(slice, { excerpt: true })).toEqual([]);
    }),
    { seed, numRuns: numRuns / 4 },
  );
});

test('the random transcripts are broken enough to tell', () => {
  const samples = fc.sample(randomTranscript, { seed, numRuns: 300 });
  const kinds = new Set(
    samples.flatMap((messages) => checkTranscript(messages).map(({ kind }) => kind)),
  );
  for (const kind of [
    'empty',
    'system-message',
    'misplaced-part',
    'orphan-call',
    'orphan-result',
    'duplicate-id',
    'bad-id',
    'bad-tool-name',
    'bad-arguments',
    'bad-name',
    'foreign',
    'role-order',
  ]) {
    expect(kinds).toContain(kind);
  }
});
