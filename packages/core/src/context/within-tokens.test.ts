import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainTranscript } from '../../test/random-transcript.ts';
import { sampled } from '../../test/sampled.ts';
import { applyFilters } from './apply-filters.ts';
import type { HandoffContext } from './handoff-context.ts';
import { message } from './message.ts';
import { withinTokens } from './within-tokens.ts';

const needed = { sourceAgentId: 'triage', targetAgentId: 'billing', originalTask: 'Refund it' };
/** A token is a word, so that what fits can be counted by hand. */
const countTokens = (text: string): number => text.split(/\s+/).filter(Boolean).length;
const words = (name: string, count: number): string => `${name} `.repeat(count).trim();
const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, n) => words(`${name}${n + 1}`, 10)).join('\n');
const full = {
  ...needed,
  keyMessages: [1, 2, 3, 4].map((n) => message.user(words(`m${n}`, 16))),
  conversationSummary: lines('s', 5),
  progressSummary: lines('p', 4),
  findings: { a: words('f', 8) },
};
// 4 × (16 + 4) for the messages, 50 + 40 for the texts and 10 for `- **a:** f f …`.
const all = 180;
const within = (maxTokens: number, options: object = {}): HandoffContext =>
  applyFilters({ ...full, ...options }, [withinTokens(maxTokens, { countTokens })]);

describe('withinTokens', () => {
  it('changes nothing where everything fits', () => {
    expect(within(all)).toMatchObject(full);
    expect(within(all - 1).keyMessages.length).toBeLessThan(4);
  });

  it('drops the oldest messages first, then lines of the summary, then of the progress', () => {
    const seen = new Set<string>();
    for (let maxTokens = all; maxTokens > 12; maxTokens--) {
      const {
        keyMessages,
        conversationSummary,
        progressSummary = '',
        findings,
      } = within(maxTokens);
      const summary = (conversationSummary ?? '').replace(/^\[Left out.*\n?/, '');
      expect(findings).toEqual(full.findings);
      expect(keyMessages).toEqual(full.keyMessages.slice(4 - keyMessages.length));
      if (keyMessages.length > 0) expect(summary).toBe(full.conversationSummary);
      if (summary !== '') expect(progressSummary).toBe(full.progressSummary);
      if (summary.includes('\n')) expect(full.conversationSummary.endsWith(summary)).toBe(true);
      if (progressSummary.includes('\n')) {
        expect(full.progressSummary.endsWith(progressSummary)).toBe(true);
      }
      seen.add(
        `${keyMessages.length} ${summary.split('\n').length} ${progressSummary.split('\n').length}`,
      );
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(['2 5 4', '1 5 4', '0 4 4', '0 1 2', '0 1 1']),
    );
  });

  it('says what was left out in the first line of the summary', () => {
    const first = (context: HandoffContext) => context.conversationSummary?.split('\n')[0];
    expect(first(within(170))).toBe('[Left out for length: the 2 oldest messages]');
    expect(first(within(90))).toBe(
      '[Left out for length: the 4 oldest messages, the beginning of the summary]',
    );
    const { conversationSummary: _, progressSummary: __, ...bare } = full;
    const only = applyFilters(bare, [withinTokens(80, { countTokens })]);
    expect(only.conversationSummary).toBe('[Left out for length: the oldest message]');
    expect(within(30).conversationSummary ?? '').not.toContain('Left out');
  });

  it('leaves a call and its results together, both or neither', () => {
    const keyMessages = [
      message.user('go on'),
      message.assistant([{ type: 'tool_call', id: 'a', name: 'search', arguments: {} }]),
      message.tool('a', words('found', 30)),
      message.assistant('done'),
    ];
    const kept = (maxTokens: number) =>
      applyFilters({ ...needed, keyMessages }, [withinTokens(maxTokens, { countTokens })])
        .keyMessages.length;
    // 6 + 5 + 34 + 5: below that the call goes with its result, whatever smaller room there is.
    expect([50, 49, 20, 10, 4].map(kept)).toEqual([4, 1, 1, 1, 0]);
  });

  it('cuts a text of one line at its end', () => {
    const summary = words('s', 100);
    const made = within(60, { conversationSummary: summary, keyMessages: [], progressSummary: '' });
    expect(made.conversationSummary).toMatch(/s s s\.\.\.$/);
    const [, text = ''] = made.conversationSummary?.split('\n') ?? [];
    expect(countTokens(text)).toBeGreaterThan(20);
  });

  it('keeps findings that alone are more', () => {
    const made = within(5);
    expect(made).toMatchObject({ findings: full.findings, keyMessages: [] });
    expect(made).not.toHaveProperty('conversationSummary');
    expect(made).not.toHaveProperty('progressSummary');
  });

  it('says that the beginning of a text was left out', () => {
    const first = (made: HandoffContext) => made.conversationSummary?.split('\n')[0];
    const long = { progressSummary: lines('p', 30) };
    expect(first(within(100, long))).toBe(
      '[Left out for length: the 4 oldest messages, the beginning of the summary, the beginning of the progress]',
    );
    const { conversationSummary } = full;
    expect(first(within(50, { keyMessages: [], progressSummary: '', conversationSummary }))).toBe(
      '[Left out for length: the beginning of the summary]',
    );
  });

  it('keeps the note while it takes a quarter of the room, and what fits exactly', () => {
    const keyMessages = full.keyMessages.slice(2);
    const kept = (maxTokens: number) =>
      applyFilters({ ...needed, keyMessages }, [withinTokens(maxTokens, { countTokens })]);
    // The longest note has eight words, a message has 20.
    expect(kept(32).conversationSummary).toBe('[Left out for length: the oldest message]');
    expect(kept(31)).not.toHaveProperty('conversationSummary');
    expect([31, 20, 19, 1].map((room) => kept(room).keyMessages.length)).toEqual([1, 1, 0, 0]);
  });

  it('keeps the beginning of the last line where that is all there is room for', () => {
    const conversationSummary = `${words('old', 9)}\n${words('new', 100)}`;
    const made = within(60, { conversationSummary, keyMessages: [], progressSummary: '' });
    expect(made.conversationSummary).toMatch(/^\[Left out.*\]\nnew new .*new\.\.\.$/);
  });

  const request = { ...needed, reason: 'delegation' } as const;
  const perCharacter = (text: string): number => text.length;

  it('gives parts that are there, and no others, whatever counts', () => {
    const filter = withinTokens(5, { countTokens: (text) => text.length + 1 });
    const bare = { findings: {}, keyMessages: [], stateSnapshot: {} };
    expect(filter.context?.(bare, request)).toStrictEqual(bare);
    const little = { ...bare, conversationSummary: 'abcd' };
    expect(filter.context?.(little, request)).toStrictEqual(little);
    expect(
      filter.context?.(
        { ...bare, conversationSummary: 'abcdefghi', progressSummary: 'b' },
        request,
      ),
    ).toStrictEqual({ ...bare, progressSummary: 'b' });
    const calls = [
      message.assistant([{ type: 'tool_call', id: 'a', name: 'x', arguments: {} }]),
      message.tool('a', 1),
    ];
    expect(filter.context?.({ ...bare, keyMessages: calls }, request)).toStrictEqual(bare);
  });

  const call = { type: 'tool_call', id: 'a', name: 'search', arguments: { q: 'x' } } as const;
  const media = { type: 'uri', modality: 'image', uri: 'https://x.test/a.png' } as const;
  it.each([
    ['a text', [message.user('hello')], 4 + 5],
    [
      'a call and its result',
      [message.assistant([call]), message.tool('a', 'yes')],
      4 + 15 + 4 + 5,
    ],
    ['media', [message.user([media])], 4 + JSON.stringify(media).length],
  ])('counts %s as what it says', (_, keyMessages, tokens) => {
    const kept = (maxTokens: number) =>
      applyFilters({ ...needed, keyMessages }, [
        withinTokens(maxTokens, { countTokens: perCharacter }),
      ]).keyMessages;
    expect(kept(tokens)).toEqual(keyMessages);
    expect(kept(tokens - 1)).toEqual([]);
  });

  it('counts findings as the lines of a prompt', () => {
    const findings = { a: 'x', b: [1] };
    const tokens = '- **a:** x\n- **b:** [1]'.length + '4444hello'.length;
    const kept = (maxTokens: number) =>
      applyFilters({ ...needed, findings, keyMessages: [message.user('hello')] }, [
        withinTokens(maxTokens, { countTokens: perCharacter }),
      ]).keyMessages.length;
    expect([kept(tokens), kept(tokens - 1)]).toEqual([1, 0]);
  });

  it('leaves no result without its call', () => {
    const given = [
      message.user('go on'),
      message.assistant([call]),
      message.tool('a', words('found', 3)),
    ];
    const handedOn = { findings: {}, keyMessages: given, stateSnapshot: {} };
    const kept = (maxTokens: number) =>
      withinTokens(maxTokens, { countTokens }).context?.(handedOn, request).keyMessages.length;
    // 6 + 5 + 7.
    expect([18, 17, 12, 11, 7, 1].map(kept)).toEqual([3, 2, 2, 0, 0, 0]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s', (maxTokens) => {
    expect(() => withinTokens(maxTokens)).toThrow(/maxTokens/);
  });

  const sample = sampled(3_000, 200);
  it(`keeps to the bound wherever the findings do (seed ${sample.seed})`, () => {
    const text = fc
      .array(fc.string({ unit: 'grapheme-ascii', maxLength: 80 }), { maxLength: 6 })
      .map((all) => all.join('\n'));
    const bound = fc.integer({ min: 10, max: 300 });
    fc.assert(
      fc.property(
        plainTranscript,
        text,
        text,
        bound,
        (keyMessages, summary, progress, maxTokens) => {
          // A token is a character, so that nothing is hidden by rounding.
          const count = (counted: string): number => counted.length;
          const made = applyFilters(
            {
              ...needed,
              keyMessages,
              conversationSummary: summary,
              progressSummary: progress,
            },
            [withinTokens(maxTokens, { countTokens: count })],
          );
          const messages = made.keyMessages.flatMap(({ parts }) => [
            4,
            ...parts.map((part) =>
              part.type === 'text'
                ? part.content.length
                : part.type === 'tool_call'
                  ? part.name.length + JSON.stringify(part.arguments).length
                  : JSON.stringify(part.type === 'tool_call_response' ? part.response : part)
                      .length,
            ),
          ]);
          const { conversationSummary = '', progressSummary = '' } = made;
          const total = messages.reduce((sum, size) => sum + size, 0);
          expect(total + conversationSummary.length + progressSummary.length).toBeLessThanOrEqual(
            maxTokens,
          );
        },
      ),
      sample,
    );
  });
});
