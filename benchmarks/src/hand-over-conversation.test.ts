import { encode } from 'gpt-tokenizer';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Handover,
  handOverConversation,
  handoverStrategies,
} from './hand-over-conversation.ts';
import { plantedConversation } from './planted-conversation.ts';

const maxTokens = 2_000;
const countTokens = (text: string): number => encode(text).length;

describe('a conversation of 200 turns with 20 facts, handed over in 2,000 tokens', () => {
  const handovers = new Map<string, Handover>();
  beforeAll(async () => {
    for (const strategy of handoverStrategies(maxTokens, countTokens)) {
      const handover = await handOverConversation(strategy, maxTokens, countTokens);
      handovers.set(strategy.name, handover);
    }
  });
  const survivors = (name: string): readonly string[] | undefined =>
    handovers.get(name)?.survived.map(({ key }) => key);

  it('says each fact once', () => {
    const turns = plantedConversation();
    const facts = turns.flatMap(({ fact }) => fact ?? []);
    expect([turns.length, facts.length]).toEqual([200, 20]);
    for (const { value, turn } of facts) {
      const saying = turns.filter(({ messages }) => JSON.stringify(messages).includes(value));
      expect(saying).toEqual([turns[turn - 1]]);
    }
  });

  it.each(['findings alone', 'findings, and summary in what is left'])(
    '%s: all survive',
    (name) => {
      expect(survivors(name)).toHaveLength(20);
    },
  );

  it('keeps to the bound in every way that has one', () => {
    for (const { strategy, tokens } of handovers.values()) {
      if (strategy.bounded) expect(tokens, strategy.name).toBeLessThanOrEqual(maxTokens);
    }
  });

  it('loses facts in prose of the same size, and none in ten times the tokens', () => {
    const newest = survivors('last messages that fit');
    expect(newest).toContain('refundTo');
    expect(newest).not.toContain('customer');
    const whole = handovers.get('whole transcript, no bound');
    expect(whole?.survived).toHaveLength(20);
    expect(whole?.tokens).toBeGreaterThan(10 * maxTokens);
  });
});
