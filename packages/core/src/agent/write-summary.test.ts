import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/scripted-model.ts';
import { createAgentState } from '../context/agent-state.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import { message, messageText } from '../context/message.ts';
import { onlyFindings } from '../context/pick-findings.ts';
import { removeToolCalls } from '../context/remove-tool-calls.ts';
import { summarizeConversation } from '../context/summarize-conversation.ts';
import { summarizeWithModel } from './summarize-with-model.ts';
import { noUsage } from './usage.ts';
import { writeSummary } from './write-summary.ts';

const state = createAgentState({
  agentId: 'triage',
  messages: [
    message.user('hello'),
    message.assistant([{ type: 'tool_call', id: 'a', name: 'search', arguments: {} }]),
    message.tool('a', 'in the vault'),
  ],
});
const options = { sourceAgentId: 'triage', targetAgentId: 'b', originalTask: 'Refund it', state };

describe('writeSummary', () => {
  it('writes the summary of what the filters leave, and says what it took', async () => {
    const usage = { inputTokens: 9, outputTokens: 1, totalTokens: 10 };
    const model = scriptedModel(() => ({ output: 'A greeting.', usage }));
    const written = await writeSummary(options, summarizeWithModel(model), {
      filters: [removeToolCalls()],
      signal: new AbortController().signal,
    });
    expect(written).toEqual({ options: { ...options, conversationSummary: 'A greeting.' }, usage });
    const asked = messageText(model.requests[0]?.messages[0] ?? message.user(''));
    expect(asked).toContain('hello');
    expect(asked).not.toMatch(/search|vault/);
  });

  it('takes a summarize that does not wait', async () => {
    expect(await writeSummary(options, summarizeConversation)).toEqual({
      options: { ...options, conversationSummary: summarizeConversation(state.messages) },
      usage: noUsage,
    });
  });

  it('asks no model where no filter leaves anything, no state is there, or a summary is given', async () => {
    const model = scriptedModel('fine');
    const write = summarizeWithModel(model);
    const empty = await writeSummary(options, write, { filters: [onlyFindings()] });
    expect(empty.options.conversationSummary).toBe('');
    const { state: _, ...bare } = options;
    expect((await writeSummary(bare, write)).options).toBe(bare);
    const given = { ...options, conversationSummary: 'mine' };
    expect((await writeSummary(given, write)).options).toBe(given);
    expect(model.requests).toEqual([]);
  });

  it.each([
    ['no object', null],
    ['without messages', {}],
    ['whose messages are no list', { messages: 7 }],
    ['whose messages are none', { messages: [7] }],
  ])('asks no model about a state %s, which is refused', async (_, odd) => {
    const model = scriptedModel('fine');
    const refused = { ...options, state: odd as never };
    const writing = async () => {
      const { options: written } = await writeSummary(refused, summarizeWithModel(model));
      createHandoffContext(written);
    };
    await expect(writing()).rejects.toThrow(expect.objectContaining({ code: 'INVALID_CONTEXT' }));
    expect(model.requests).toEqual([]);
  });

  it('says so where the writing fails', async () => {
    const write = () => Promise.reject(new Error('no ink'));
    await expect(writeSummary(options, write)).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTEXT',
        message: 'state is not an AgentState, or its summary failed; see createAgentState: no ink',
      }),
    );
  });

  it('passes the reason of an abort on', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    const write = summarizeWithModel(scriptedModel('fine'));
    await expect(writeSummary(options, write, { signal })).rejects.toThrow('stop');
  });
});
