import type { ModelMessage, ToolSet } from 'ai';

/** What version 7 tells a function that decides about the approval of calls. */
interface ApprovalCall {
  readonly toolCall: {
    readonly toolName: string;
    readonly toolCallId: string;
    readonly input: unknown;
  };
  readonly tools?: ToolSet;
  readonly messages: ModelMessage[];
}

/**
 * The caller's `toolApproval`. As a function it would take the place of what the tools want themselves:
 * where it has nothing to say, they are asked all the same.
 */
export function withOwnApproval(toolApproval: unknown): unknown {
  if (typeof toolApproval !== 'function') return toolApproval;
  return async (call: ApprovalCall): Promise<unknown> => {
    const answer: unknown = await toolApproval(call);
    const status = (answer as { readonly type?: unknown } | undefined)?.type ?? answer;
    if (status !== undefined && status !== 'not-applicable') return answer;
    const { toolCall, tools, messages } = call;
    const { toolName, toolCallId, input } = toolCall;
    const wants = tools?.[toolName]?.needsApproval;
    const asks =
      typeof wants === 'function'
        ? await wants(input as never, { toolCallId, messages } as never)
        : wants;
    return asks ? 'user-approval' : answer;
  };
}
