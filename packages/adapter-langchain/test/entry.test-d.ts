import {
  type CompletedHandoff,
  createHandoffAgent,
  createHandoffManager,
  type HandoffManager,
} from '@agent-handoff/core';
import { HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { expectTypeOf } from 'vitest';
import * as z from 'zod';
import { delegateTool, fromLangChain, HandoffRunnable } from '../src/index.ts';
import { handoffNode, transferTool } from '../src/langgraph.ts';
import { handoffMiddleware } from '../src/middleware.ts';

const model = new ChatOpenAI({ model: 'any' });

export const id: 'billing-desk' = fromLangChain(model, { name: 'Billing Desk' }).id;
// @ts-expect-error an option that nothing reads: it is called systemPrompt
fromLangChain(model, { id: 'billing', prompt: 'You settle invoices.' });
// @ts-expect-error every path would be open: it is called canTransferTo
fromLangChain(model, { id: 'billing', canTransferto: ['legal'] });

const triage = fromLangChain(model, { id: 'triage', canTransferTo: ['billing'] });
const billing = fromLangChain(model, {
  id: 'billing',
  payloadSchema: z.object({ invoices: z.array(z.number()) }),
  dataSchema: z.object({ refunded: z.boolean() }),
});
const stock = createHandoffAgent({
  id: 'stock',
  payloadSchema: z.object({ shelf: z.number() }).optional(),
});
const manager = createHandoffManager({ agents: [triage, billing, stock] });
const plain: HandoffManager = manager;
const anyone: string = String(manager.name);
const task = 'Refund order 7';
const payload = { invoices: [7] };
type Refund = { refunded: boolean };

// Tools, middleware and nodes know the ids of their manager.
delegateTool({ manager, source: 'triage', target: 'billing', returnDirect: true });
transferTool({ manager, source: 'user', target: 'billing', goto: 'after' });
handoffMiddleware({ manager, source: 'triage' });
handoffNode({ manager, target: 'triage', followTransfers: true });
handoffNode({ manager, source: 'triage', target: 'stock' });
// @ts-expect-error nobody has this id
delegateTool({ manager, target: 'sales' });
// @ts-expect-error nobody has this id
delegateTool({ manager, source: 'sales', target: 'billing' });
// @ts-expect-error nobody has this id
transferTool({ manager, target: 'sales' });
// @ts-expect-error nobody has this id
transferTool({ manager, source: 'sales', target: 'billing' });
// @ts-expect-error the user is nobody's target
transferTool({ manager, target: 'user' });
// @ts-expect-error nobody has this id
handoffMiddleware({ manager, source: 'sales' });
// @ts-expect-error no agent of LangChain's is the user
handoffMiddleware({ manager, source: 'user' });
// @ts-expect-error nobody has this id
handoffNode({ manager, target: 'sales' });
// @ts-expect-error nobody has this id
handoffNode({ manager, source: 'sales', target: 'triage' });
// @ts-expect-error billing needs a payload, and a node has none
handoffNode({ manager, target: 'billing' });

// A runnable with a target takes what this target needs, and answers with its data.
const refund = HandoffRunnable.from(manager, { target: 'billing' });
expectTypeOf(refund.invoke({ task, payload })).resolves.toExtend<CompletedHandoff<Refund>>();
void refund.batch([
  { task, payload },
  { task, payload, target: 'billing', source: 'triage' },
]);
void refund.pipe(({ data }) => data.refunded);
// @ts-expect-error the answer has no such field
void refund.pipe(({ data }) => data.amount);
// @ts-expect-error the payload is missing
void refund.invoke({ task });
// @ts-expect-error so it is in a text
void refund.invoke(task);
// @ts-expect-error and in a message
void refund.invoke(new HumanMessage(task));
// @ts-expect-error the payload of another agent
void refund.invoke({ task, payload: { shelf: 3 } });
// @ts-expect-error the task is missing
void refund.invoke({ payload });
// @ts-expect-error the target is given: its data is known
void refund.invoke({ task, payload, target: 'triage' });
// @ts-expect-error nobody has this id
void refund.invoke({ task, payload, source: 'sales' });
// @ts-expect-error an input that nothing reads: it is called instructions
void refund.invoke({ task, payload, instruction: 'Be quick.' });
// @ts-expect-error the same in a stream
void refund.stream(task);
// @ts-expect-error and in a batch
void refund.batch([{ task }]);

// What the defaults give is given.
const inFull = HandoffRunnable.from(manager, { target: 'billing', payload });
void inFull.invoke(task);
void inFull.invoke({ task, payload: { invoices: [8] } });
const fixed = HandoffRunnable.from(manager, { target: 'stock', task, source: 'triage' });
void fixed.invoke({});
void fixed.invoke({ payload: { shelf: 3 } });
expectTypeOf(fixed.invoke(task)).resolves.toExtend<CompletedHandoff<undefined>>();
// @ts-expect-error the payload of another agent
void fixed.invoke({ payload });
// @ts-expect-error nobody has this id
HandoffRunnable.from(manager, { target: 'sales' });
// @ts-expect-error nobody has this id
HandoffRunnable.from(manager, { source: 'sales' });
// @ts-expect-error the payload of another agent
HandoffRunnable.from(manager, { target: 'billing', payload: { shelf: 3 } });
// @ts-expect-error a default that nothing reads: it is called instructions
HandoffRunnable.from(manager, { target: 'billing', instruction: 'Be quick.' });
// @ts-expect-error an option that nothing reads: it is called followTransfers
HandoffRunnable.from(manager, { target: 'billing' }, { followTransfer: true });

// Without a target each input names its own.
const any = HandoffRunnable.from(manager);
void any.invoke({ target: 'triage', task });
void any.invoke({ target: 'billing', task, payload });
// @ts-expect-error the target is missing
void any.invoke({ task });
// @ts-expect-error so it is in a text
void any.invoke(task);
// @ts-expect-error nobody has this id
void any.invoke({ target: 'sales', task });
// @ts-expect-error the payload is missing
void any.invoke({ target: 'billing', task });
// @ts-expect-error the payload of another agent
void any.invoke({ target: 'stock', task, payload });

// Where transfers are followed, anyone may be who answers.
const followed = HandoffRunnable.from(manager, { target: 'stock' }, { followTransfers: true });
const said = followed.invoke(task).then(({ data }) => data);
expectTypeOf(said).resolves.toEqualTypeOf<unknown>();

// A plain manager takes any id, and one of its runnables any input.
delegateTool({ manager: plain, source: anyone, target: anyone });
transferTool({ manager: plain, target: anyone });
handoffMiddleware({ manager: plain, source: anyone });
handoffNode({ manager: plain, target: anyone });
const loose: HandoffRunnable = HandoffRunnable.from(plain, { target: anyone, payload });
void loose.invoke(task);
void loose.invoke({ target: anyone, task, payload: 7 });
const typed: HandoffRunnable[] = [refund, inFull, any, followed];
void typed;
