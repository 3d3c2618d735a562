import type { HandoffModel, ModelAnswer, ModelRequest } from '../src/agent/handoff-model.ts';
import { noUsage } from '../src/agent/usage.ts';
import { message } from '../src/context/message.ts';

export interface ScriptedModel extends HandoffModel {
  /** The requests, oldest first. */
  readonly requests: readonly ModelRequest[];
}

type Reply =
  | string
  | ((request: ModelRequest) => Partial<ModelAnswer> | Promise<Partial<ModelAnswer>>);

/** A model that gives these replies in turn, the last one over and over. */
export function scriptedModel(...replies: readonly [Reply, ...Reply[]]): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    requests,
    async generate(request) {
      requests.push(request);
      const reply = replies[Math.min(requests.length, replies.length) - 1] as Reply;
      const answer = typeof reply === 'string' ? { output: reply } : await reply(request);
      const { output = '' } = answer;
      return {
        status: 'completed',
        messages: [message.assistant(output)],
        usage: noUsage,
        ...answer,
        output,
      };
    },
  };
}
