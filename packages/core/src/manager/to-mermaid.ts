import type { HandoffEntry } from '../line/handoff-entry.ts';

/** What is drawn of an entry. */
type Drawn = Pick<HandoffEntry, 'sourceAgentId' | 'targetAgentId' | 'reason' | 'status'>;

const lines: Readonly<Record<Drawn['status'], string>> = {
  requested: '-.->',
  running: '-.->',
  'awaiting-approval': '-.->',
  completed: '-->',
  failed: '--x',
  rejected: '--x',
  cancelled: '--x',
};

/**
 * Handoffs as a Mermaid flowchart: an edge for each, numbered in the order given, with its reason and,
 * where it didn't complete, its status. What waits or runs is dotted, what went wrong ends in a cross.
 */
export function toMermaid(entries: readonly Drawn[]): string {
  const nodes = new Map<string, string>();
  const nodeOf = (agentId: string): string => {
    const known = nodes.get(agentId);
    if (known !== undefined) return known;
    const node = `a${nodes.size}`;
    nodes.set(agentId, node);
    return node;
  };
  const edges = entries.map(({ sourceAgentId, targetAgentId, reason, status }, i) => {
    const what = status === 'completed' ? reason : `${reason}, ${status}`;
    return `  ${nodeOf(sourceAgentId)} ${lines[status]}|"${i + 1}. ${what}"| ${nodeOf(targetAgentId)}`;
  });
  const names = [...nodes].map(([agentId, node]) =>
    agentId === 'user' ? `  ${node}(["user"])` : `  ${node}["${agentId}"]`,
  );
  return ['flowchart LR', ...names, ...edges, ''].join('\n');
}
