/**
 * What of a conversation of 200 turns with 20 planted facts survives a handoff in 2,000 tokens, for
 * each way to hand it over. Tokens are those of OpenAI's o200k_base. An argument says another bound.
 */
import { encode } from 'gpt-tokenizer';
import { handOverConversation, handoverStrategies } from './hand-over-conversation.ts';
import { printTable } from './print-table.ts';

const maxTokens = Number(process.argv[2] ?? 2_000);
const countTokens = (text: string): number => encode(text).length;

const rows: string[][] = [['', 'facts of 20', 'tokens']];
for (const strategy of handoverStrategies(maxTokens, countTokens)) {
  const { survived, tokens } = await handOverConversation(strategy, maxTokens, countTokens);
  rows.push([strategy.name, String(survived.length), tokens.toLocaleString('en')]);
}
console.log(`200 turns with 20 facts, handed over in ${maxTokens.toLocaleString('en')} tokens.\n`);
printTable(rows);
console.log(
  '\nThe first agent is scripted and reports each fact; how many a real model would report is not measured. A model-written summary is left out for the same reason.',
);
