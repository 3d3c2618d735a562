import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileContext } from '../../test/hostile-context.ts';
import { sampled } from '../../test/sampled.ts';
import { createHandoffContext } from './create-handoff-context.ts';
import type { HandoffContext } from './handoff-context.ts';
import { approximateTokens } from './prompt-budget.ts';
import { toPrompt } from './to-prompt.ts';

const full = createHandoffContext({
  sourceAgentId: 'triage',
  targetAgentId: 'legal',
  originalTask: 'Refund the order and write to the customer about it',
  instructions: 'Stay below 100 euros',
  payload: { orderId: '1234', amount: 42 },
  progressSummary: 'first step done\nsecond step done\nthird step done',
  findings: {
    billing: 'paid by card',
    'billing#2': 'the card was refunded',
    given: 'order from May',
    triage: 'parcel broken',
  },
  conversationSummary: '[USER]: one\n[ASSISTANT]: two\n[USER]: three\n[ASSISTANT]: four',
  handoffChain: ['triage', 'billing', 'fraud', 'billing'],
});

/** The prompt within `words`, counted as words. */
const within = (words: number, context: HandoffContext = full): string =>
  toPrompt(context, { maxTokens: words, countTokens });
const countTokens = (text: string): number => text.split(/\s+/).filter(Boolean).length;

/** The prompts of all budgets, from the largest to the smallest, without repetitions. */
const shrinking = (context: HandoffContext): string[] => {
  const prompts: string[] = [];
  for (let words = countTokens(toPrompt(context)); words > 0; words--) {
    const prompt = within(words, context);
    if (prompt !== prompts.at(-1)) prompts.push(prompt);
  }
  return prompts;
};

describe('toPrompt with maxTokens', () => {
  it('changes nothing where everything fits', () => {
    const prompt = toPrompt(full);
    expect(within(countTokens(prompt))).toBe(prompt);
    expect(within(countTokens(prompt) - 1)).not.toBe(prompt);
  });

  it('drops the oldest lines of the summary first and says so', () => {
    // Naming what is left out takes words too, so less than these lines never helps.
    const prompt = shrinking(full)[1] ?? '';
    expect(prompt).toContain('**Left out for length:** the conversation summary\n');
    const long = {
      ...full,
      conversationSummary: `${'[USER]: old words here\n'.repeat(30)}[USER]: new`,
    };
    const cut = shrinking(long)[1] ?? '';
    expect(cut).toMatch(
      /\*\*Left out for length:\*\* the \d+ oldest lines? of the conversation summary\n/,
    );
    expect(cut).toContain('    [USER]: new\n');
  });

  it('drops detail in the order summary, progress, findings, payload, chain', () => {
    const sections = [
      'Conversation Summary',
      'Progress So Far',
      'Findings',
      'Payload',
      'Handoff Chain',
    ];
    const left = shrinking(full).map((prompt) =>
      sections.map((title) => Number(prompt.includes(`### ${title}\n`))).join(''),
    );
    expect([...new Set(left)]).toEqual(['11111', '01111', '00111', '00011', '00001', '00000']);
    for (const prompt of shrinking(full)) {
      if (prompt.includes('###')) expect(prompt).toContain('### Original Task\n');
    }
  });

  it('drops what came with the task first, then findings by the visit of their agent', () => {
    const wordy = Object.fromEntries(
      Object.keys(full.findings).map((key) => [key, `${key} ${'word '.repeat(20)}`]),
    );
    const left = shrinking({ ...full, findings: wordy })
      .map((prompt) => [...prompt.matchAll(/^- \*\*(.*?):\*\*/gm)].map(([, key]) => key).join(' '))
      .filter((keys, i, all) => keys !== all[i - 1]);
    expect(left).toEqual([
      'billing billing#2 given triage',
      'billing billing#2 triage',
      'billing billing#2',
      'billing#2',
      '',
    ]);
    expect(shrinking({ ...full, findings: wordy }).join()).toContain('the 2 oldest findings');
  });

  it('cuts a long task, then the instructions, then the rest, with a mark, and keeps the header', () => {
    const instructions = `Stay ${'below 100 euros '.repeat(10)}`;
    const originalTask = `Refund ${'the order '.repeat(60)}`;
    const long = { ...full, originalTask, instructions, findings: {} };
    const parts = shrinking(long).map((prompt) => {
      const [, task = ''] = /### Original Task\n(.*)\n/.exec(prompt) ?? [];
      const [, instructions = ''] = /### Instructions\n(.*)\n/.exec(prompt) ?? [];
      return { task, instructions };
    });
    const marked = parts.filter(({ task }) => task.endsWith('… (cut for length)'));
    expect(marked[0]?.task.length).toBeGreaterThan(500);
    for (const { task, instructions } of marked) {
      if (task.length > 220) expect(instructions).toBe(long.instructions);
      if (task.length < 190) expect(instructions).toBe('');
    }
    expect(
      parts.some(({ instructions }) => /^Stay.*… \(cut for length\)$/.test(instructions)),
    ).toBe(true);
    // Not even the word that details are missing costs a word of the task.
    const silent = shrinking(long)
      .slice(1)
      .filter((prompt) => prompt.includes('### Original Task') && !prompt.includes('Left out'));
    expect(silent.some((prompt) => !prompt.includes('(cut'))).toBe(true);
    expect(shrinking(long).at(-1)).toBe(
      '## Handoff Context\n\n**Reason:** specialization\n**From:** triage\n**Confidence so far:** 0.00\n',
    );
  });

  it('says what it dropped in fewer words where the list has no room, and then nothing', () => {
    const prompts = shrinking(full);
    const heads = prompts.map((prompt) => /\*\*Left out for length:\*\* (.*)/.exec(prompt)?.[1]);
    expect(heads).toContain(
      'the conversation summary, the progress, 4 findings, the payload, the handoff chain',
    );
    expect(heads).toContain('details');
    const silent = prompts[heads.lastIndexOf('details') + 1] ?? '';
    expect(silent).toContain(`### Original Task\n${full.originalTask}\n`);
    expect(silent).toContain(`### Instructions\n${full.instructions}\n`);
  });

  it('cuts instructions rather than a short task, at the end of a word', () => {
    const instructions = `Stay ${'below 100 euros '.repeat(10)}`;
    const cut = shrinking({ ...full, instructions }).filter((prompt) => prompt.includes('(cut'));
    const whole = cut.filter((prompt) => prompt.includes('### Instructions'));
    expect(whole.length).toBeGreaterThan(3);
    for (const prompt of whole) expect(prompt).toContain(`${full.originalTask}\n`);
    for (const prompt of cut) expect(prompt).not.toMatch(/\s… \(cut/);
    const perCharacter = (text: string): number => text.length;
    for (let maxTokens = 250; maxTokens < 290; maxTokens++) {
      const prompt = toPrompt({ ...full, instructions }, { maxTokens, countTokens: perCharacter });
      expect(prompt).toMatch(/\S… \(cut/);
    }
  });

  it('counts one line and one finding as one', () => {
    const summary = {
      ...full,
      conversationSummary: `${'[USER]: old '.repeat(40)}\n[USER]: new`,
    };
    expect(shrinking(summary)[1]).toContain(
      'Left out for length:** the 1 oldest line of the conversation summary\n',
    );
    const { conversationSummary: _, progressSummary: __, ...rest } = full;
    const findings = { ...rest, findings: { given: 'word '.repeat(40), triage: 'broken' } };
    expect(shrinking(findings)[1]).toContain('Left out for length:** the 1 oldest finding\n');
    const one = { ...rest, findings: { given: 'word '.repeat(40) } };
    expect(shrinking(one)[1]).toContain('Left out for length:** 1 finding\n');
  });

  it('does not name what was not there', () => {
    const { conversationSummary: ____, instructions: _____, ...less } = full;
    expect(shrinking(less).join()).not.toMatch(/Left out.*summary|### Instructions/);
    const { payload: _, ...bare } = full;
    const prompts = shrinking({ ...bare, handoffChain: [], progressSummary: ' ' }).join();
    expect(prompts).toContain('4 findings');
    expect(prompts).not.toMatch(/Left out.*(?:payload|chain|progress)/);
  });

  it('does not cut a character in half', () => {
    const task = { ...full, originalTask: '\u{1f680}'.repeat(300) };
    for (let maxTokens = 60; maxTokens < 120; maxTokens++) {
      expect(toPrompt(task, { maxTokens }).isWellFormed()).toBe(true);
      expect(toPrompt(task, { maxTokens })).not.toContain('\\ud83d');
    }
  });

  it('takes the smallest of budgets', () => {
    expect(toPrompt(full, { maxTokens: 1 })).toMatch(/^## Handoff Context\n[^#]*$/);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s', (maxTokens) => {
    expect(() => toPrompt(full, { maxTokens })).toThrow(/maxTokens/);
  });

  const sample = sampled(5_000, 200);
  it(`keeps to the budget wherever the header fits (seed ${sample.seed})`, () => {
    const names = fc.constantFrom('user', 'triage', 'billing');
    const origin = fc.constantFrom('own' as const, 'unverified' as const);
    fc.assert(
      fc.property(
        hostileContext(names),
        fc.integer({ min: 1, max: 600 }),
        origin,
        (made, maxTokens, from) => {
          const prompt = toPrompt(made, { maxTokens, origin: from });
          const bare = {
            ...made,
            originalTask: '',
            findings: {},
            handoffChain: [],
            instructions: '',
          };
          const { payload: _, progressSummary: __, conversationSummary: ___, ...header } = bare;
          const least = toPrompt(header, { origin: from });
          if (approximateTokens(least) <= maxTokens) {
            expect(approximateTokens(prompt)).toBeLessThanOrEqual(maxTokens);
          } else expect(prompt).toBe(least);
        },
      ),
      sample,
    );
  });
});

describe('approximateTokens', () => {
  it('is a quarter of the UTF-8 bytes, rounded up', () => {
    for (const text of [
      '',
      'a',
      'abcd',
      'abcde',
      'é',
      '库存',
      '\u{1f680}'.repeat(5),
      'aé库\u{1f680}',
      // The first and the last of each length.
      ...['\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff'].map((one) =>
        one.repeat(4),
      ),
      '\u{10000}\u{10000}',
      '\u{10ffff}\u{10ffff}',
    ]) {
      expect(approximateTokens(text)).toBe(Math.ceil(new TextEncoder().encode(text).length / 4));
    }
  });
});
