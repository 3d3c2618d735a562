import { ChatOpenAI } from '@langchain/openai';
import { fromLangChain } from '../src/index.ts';

const model = new ChatOpenAI({ model: 'any' });

export const id: 'billing-desk' = fromLangChain(model, { name: 'Billing Desk' }).id;
// @ts-expect-error an option that nothing reads: it is called systemPrompt
fromLangChain(model, { id: 'billing', prompt: 'You settle invoices.' });
// @ts-expect-error every path would be open: it is called canTransferTo
fromLangChain(model, { id: 'billing', canTransferto: ['legal'] });
