import { type RecordedRequest, requestText } from '../scripted/recorded-request.ts';
import { type ScriptedModel, scriptedModel } from '../scripted/scripted-model.ts';
import type { ModelDouble } from './agent-subject.ts';

/** A `ModelDouble` as a `HandoffModel`, for agents that take one. */
export function modelOfDouble(double: ModelDouble): ScriptedModel {
  return scriptedModel(async (call: RecordedRequest) => {
    const move = await double({
      text: requestText(call),
      toolNames: call.tools.map(({ name }) => name),
    });
    if (typeof move === 'string') return move;
    const { toolName, toolCallId, input } = move;
    return { toolCalls: [{ name: toolName, id: toolCallId, input }] };
  });
}
