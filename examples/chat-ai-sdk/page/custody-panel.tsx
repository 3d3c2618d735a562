import { useEffect, useState } from 'react';
import type { CustodyEntry } from '../src/create-app.ts';
import { Avatar, agentName } from './avatar.tsx';

/** Who had the conversation, from the manager's log. */
export function CustodyPanel({ isStale }: { readonly isStale: boolean }) {
  const [entries, setEntries] = useState<readonly CustodyEntry[]>([]);
  useEffect(() => {
    if (isStale) return;
    const abort = new AbortController();
    fetch('/api/custody', { signal: abort.signal })
      .then((response) => response.json())
      .then(setEntries)
      .catch(() => {});
    return () => abort.abort();
  }, [isStale]);
  return (
    <aside className="custody">
      <h2>Chain of custody</h2>
      <p>Every handoff, as the manager recorded it.</p>
      <ol>
        {entries.map(({ handoffId, from, to, status, tokens, isVerified }) => (
          <li key={handoffId} data-testid="custody">
            <Avatar agentId={to} />
            <div>
              <b>
                {agentName(from)} <i className="arrow">→</i> {agentName(to)}
              </b>
              <small>
                {status} · {tokens} tokens
              </small>
            </div>
            <span className={isVerified ? 'verified' : 'broken'}>{isVerified ? '✓' : '!'}</span>
          </li>
        ))}
      </ol>
      {entries.length > 0 && entries.every(({ isVerified }) => isVerified) && (
        <p className="whole">✓ All logs are whole: no record was edited, dropped or moved.</p>
      )}
    </aside>
  );
}
