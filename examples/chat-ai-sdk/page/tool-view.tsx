import type { ToolUIPart } from 'ai';
import type { ReactNode } from 'react';

interface Props {
  readonly name: string;
  readonly part: Pick<ToolUIPart, 'state' | 'input' | 'output' | 'approval'>;
  readonly onDecide: (approvalId: string, approved: boolean) => void;
}

/** What a tool does, as far as it is the customer's business. */
export function ToolView({ name, part, onDecide }: Props): ReactNode {
  const { order, euros } = (part.input ?? {}) as { order?: string; euros?: number };
  if (name === 'findOrder' || name === 'trackParcel') {
    const what = name === 'findOrder' ? 'Looked up order' : 'Tracked the parcel of order';
    return part.state === 'output-available' ? (
      <p className="note">
        {what} {order}
      </p>
    ) : null;
  }
  if (name !== 'refund' || euros === undefined) return null;
  const amount = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(euros);
  const { approval } = part;
  return (
    <div className={`approval ${part.state}`} data-testid="approval">
      <div>
        <small>Refund for order {order}</small>
        <strong>{amount}</strong>
      </div>
      {part.state === 'approval-requested' && approval ? (
        <div className="decide">
          <button type="button" className="quiet" onClick={() => onDecide(approval.id, false)}>
            Decline
          </button>
          <button type="button" onClick={() => onDecide(approval.id, true)}>
            Approve
          </button>
        </div>
      ) : (
        <em>{outcomes[part.state] ?? '…'}</em>
      )}
    </div>
  );
}

const outcomes: Partial<Record<ToolUIPart['state'], string>> = {
  'approval-responded': 'One moment',
  'output-available': '✓ Approved and paid',
  'output-denied': 'Declined',
  'output-error': 'It did not work',
};
