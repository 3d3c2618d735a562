import {
  Agent,
  BatchTraceProcessor,
  type Model,
  type ModelResponse,
  Runner,
  setTraceProcessors,
  type TracingExporter,
  Usage,
} from '@openai/agents';
import { assistantMessage, functionCall } from '@openai/agents/testing';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';

/**
 * The handoff of `@openai/agents`: triage's model calls the transfer tool, billing's model answers.
 * Agents and runner are made once. Tracing, its record of what happened, is on unless it is switched
 * off: then nothing is left of a run. Its published `ScriptedModel` copies and freezes each request; a
 * bare model is faster, and so fairer.
 */
export function openaiAgents(batch: number, { tracing }: { readonly tracing: boolean }): Contender {
  const name = `@openai/agents, tracing ${tracing ? 'on' : 'off'}`;
  const { task, triage, billing } = scenario;
  const specialist = new Agent({
    name: billing.id,
    instructions: billing.systemPrompt,
    model: instantModel(() => assistantMessage(billing.output)),
  });
  const entry = new Agent({
    name: triage.id,
    instructions: triage.systemPrompt,
    model: instantModel(() =>
      functionCall(`transfer_to_${billing.id}`, {}, { callId: 'call_transfer' }),
    ),
    handoffs: [specialist],
  });
  const runner = new Runner({ tracingDisabled: !tracing });
  const received = tracing ? receiveTraces() : undefined;
  return {
    name,
    batch,
    async run() {
      const { finalOutput, lastAgent } = await runner.run(entry, task);
      expectAnswer(name, lastAgent?.name === billing.id ? finalOutput : undefined);
    },
    ...(received && { verify: received }),
  };
}

/** Its traces in batches, as it sends them by default, to somebody in this process who only counts. */
function receiveTraces(): () => Promise<string> {
  let count = 0;
  const exporter: TracingExporter = {
    async export(items) {
      count += items.length;
    },
  };
  const processor = new BatchTraceProcessor(exporter);
  setTraceProcessors([processor]);
  return async () => {
    await processor.forceFlush();
    if (count === 0) throw new Error('@openai/agents traced nothing.');
    return `${count} traces and spans received`;
  };
}

function instantModel(answer: () => ModelResponse['output'][number]): Model {
  const { inputTokens, outputTokens, totalTokens } = scenario.usage;
  return {
    async getResponse() {
      const usage = new Usage({ requests: 1, inputTokens, outputTokens, totalTokens });
      return { usage, output: [answer()] };
    },
    getStreamedResponse() {
      throw new Error('The scenario does not stream.');
    },
  };
}
