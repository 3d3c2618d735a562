const names: Readonly<Record<string, string>> = {
  user: 'You',
  triage: 'Front desk',
  refunds: 'Refunds',
  deliveries: 'Deliveries',
};

/** What an agent is called on the page. */
export const agentName = (agentId: string): string => names[agentId] ?? agentId;

export const Avatar = ({ agentId }: { readonly agentId: string }) => (
  <span className={`avatar ${agentId}`} aria-hidden="true">
    {agentName(agentId).slice(0, 1)}
  </span>
);
