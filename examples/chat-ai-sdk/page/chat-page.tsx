import { type HandoffUIMessage, handoffDataSchemas } from '@agent-handoff/adapter-vercel-ai';
import { useChat } from '@ai-sdk/react';
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Avatar, agentName } from './avatar.tsx';
import { CustodyPanel } from './custody-panel.tsx';
import { MessageView, speakerAfter } from './message-view.tsx';

const openings = ['My lamp, order 1182, arrived broken.', 'Where is my parcel? Order 1190.'];

export function ChatPage() {
  const { messages, sendMessage, addToolApprovalResponse, status, error } =
    useChat<HandoffUIMessage>({
      dataPartSchemas: handoffDataSchemas,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    });
  const [text, setText] = useState('');
  const end = useRef<HTMLDivElement>(null);
  const isBusy = status === 'submitted' || status === 'streaming';
  const speaker = messages.reduce(speakerAfter, 'triage');

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new is shown.
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [messages, status]);

  const send = (line: string): void => {
    if (line.trim() === '' || isBusy) return;
    setText('');
    void sendMessage({ text: line });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(text);
  };

  let before = 'triage';
  return (
    <div className="page">
      <main>
        <header>
          <div>
            <h1>Lumen</h1>
            <p>Lamps since 1954</p>
          </div>
          <p className="with" data-testid="speaker">
            <Avatar agentId={speaker} /> You are talking to <b>{agentName(speaker)}</b>
          </p>
        </header>
        <section className="messages" aria-live="polite">
          {messages.length === 0 && (
            <div className="welcome">
              <h2>How can we help?</h2>
              <div className="openings">
                {openings.map((line) => (
                  <button type="button" key={line} onClick={() => send(line)}>
                    {line}
                  </button>
                ))}
              </div>
            </div>
          )}
          {messages.map((message) => {
            const first = before;
            before = speakerAfter(before, message);
            return (
              <MessageView
                key={message.id}
                message={message}
                speaker={first}
                onDecide={(id, approved) => void addToolApprovalResponse({ id, approved })}
              />
            );
          })}
          {isBusy && (
            <div className="dots" role="status" aria-label={`${agentName(speaker)} is writing`} />
          )}
          {error && <p className="failed">Something went wrong: {error.message}</p>}
          <div ref={end} />
        </section>
        <form className="composer" onSubmit={submit}>
          <input
            aria-label="Your message"
            placeholder="Write a message"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
          <button type="submit" disabled={isBusy || text.trim() === ''}>
            Send
          </button>
        </form>
      </main>
      <CustodyPanel isStale={isBusy} />
    </div>
  );
}
