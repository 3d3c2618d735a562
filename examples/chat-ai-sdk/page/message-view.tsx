import type { HandoffUIMessage } from '@agent-handoff/adapter-vercel-ai';
import { getToolName, isToolUIPart } from 'ai';
import type { ReactNode } from 'react';
import { Avatar, agentName } from './avatar.tsx';
import { ToolView } from './tool-view.tsx';

type Part = HandoffUIMessage['parts'][number];

/** Who has the conversation after a part. */
const speakerAfterPart = (speaker: string, part: Part): string =>
  part.type === 'data-handoff' && part.data.status === 'accepted'
    ? part.data.targetAgentId
    : speaker;

/** Who has the conversation after a message. */
export const speakerAfter = (speaker: string, { parts }: HandoffUIMessage): string =>
  parts.reduce(speakerAfterPart, speaker);

interface Props {
  readonly message: HandoffUIMessage;
  /** Who has the conversation when it begins. */
  readonly speaker: string;
  readonly onDecide: (approvalId: string, approved: boolean) => void;
}

/** One message: of the customer, or a response in which several agents may speak. */
export function MessageView({ message, speaker, onDecide }: Props) {
  let current = speaker;
  return (
    <article className={message.role} data-role={message.role}>
      {message.parts.map((part, index) => {
        current = speakerAfterPart(current, part);
        return (
          <PartView
            // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever added at the end.
            key={index}
            part={part}
            speaker={current}
            role={message.role}
            onDecide={onDecide}
          />
        );
      })}
    </article>
  );
}

function PartView({
  part,
  speaker,
  role,
  onDecide,
}: Pick<Props, 'speaker' | 'onDecide'> & {
  readonly part: Part;
  readonly role: string;
}): ReactNode {
  if (part.type === 'text') {
    if (part.text === '') return null;
    return role === 'user' ? (
      <p className="bubble">{part.text}</p>
    ) : (
      <div className="said">
        <Avatar agentId={speaker} />
        <div>
          <b>{agentName(speaker)}</b>
          <p className="bubble" data-testid={`said-by-${speaker}`}>
            {part.text}
          </p>
        </div>
      </div>
    );
  }
  if (part.type === 'data-handoff') {
    const { status, sourceAgentId, targetAgentId, error } = part.data;
    if (status !== 'accepted') return <p className="note">{error?.message}</p>;
    return (
      <p className="handoff" data-testid="handoff">
        <span>
          {agentName(sourceAgentId)} <i className="arrow">→</i> {agentName(targetAgentId)}
        </span>
      </p>
    );
  }
  if (isToolUIPart(part)) {
    return <ToolView name={getToolName(part)} part={part} onDecide={onDecide} />;
  }
  return null;
}
