import { type Message, message } from '@agent-handoff/core';

/** A fact that somebody said once, and that the next agent needs. */
export interface PlantedFact {
  readonly key: string;
  /** As it was said; it occurs nowhere else in the conversation. */
  readonly value: string;
  /** The turn that it was said in, from 1. */
  readonly turn: number;
}

/** What the user says and what the agent does in answer. */
export interface Turn {
  readonly said: string;
  readonly messages: readonly Message[];
  readonly fact?: PlantedFact;
}

const facts: readonly (readonly [key: string, value: string, sentence: string])[] = [
  ['customer', 'Marta Lindqvist', 'The account is in the name of'],
  ['invoice', 'INV-48213', 'The invoice in question is'],
  ['amount', '1,284.50 EUR', 'What was charged twice is'],
  ['firstCharge', '3 September, 14:02', 'The first charge was on'],
  ['secondCharge', '3 September, 14:09', 'And the second one on'],
  ['card', 'Visa ending 7741', 'I paid with the'],
  ['bank', 'Handelsbanken Malmö', 'My bank is'],
  ['order', 'PO-99172', 'Our own purchase order is'],
  ['contact', '+46 40 555 0198', 'You can reach me at'],
  ['warehouse', 'dock 14 in Trelleborg', 'The goods went to'],
  ['serial', 'KX-7-00418', 'The unit that came broken has the serial'],
  ['fault', 'error E-52 at start-up', 'What it shows is'],
  ['replacement', 'model KX-9', 'In its place we would take'],
  ['deadline', '30 November', 'We need it before'],
  ['discount', '12 percent', 'Your sales team promised us'],
  ['approver', 'Jonas Ek', 'On our side it must be signed off by'],
  ['vat', 'SE556677889901', 'The VAT number for the credit note is'],
  ['ticket', 'CS-20977', 'Last time your colleague opened'],
  ['contract', 'section 8.3', 'The contract says so in'],
  ['refundTo', 'SE35 5000 0000 0549 1000 0003', 'Please refund to'],
];

const asides = [
  'By the way, the portal was slow again this morning and logged two of us out while we were in the middle of the form.',
  'I understand that you have to ask all this, but we went through most of it with your colleague on the phone already.',
  'Let me look that up, our bookkeeping moved to another system in the summer and not everything is where it used to be.',
  'That is fine for us as long as somebody tells us what happens next and who is going to take care of it in the end.',
  'We have worked with you for years, so I am sure that there is an explanation, it only takes very long this time.',
  'One moment please, my colleague from purchasing just came in and asks whether this has anything to do with the spring order.',
  'I can send you a picture of the label if that helps, although it was printed badly and hardly anything can be read.',
];

const replies = [
  'Thank you, I have added that to the case. While I check it on our side, could you tell me whether anything changed since you first wrote to us?',
  'I see. That matches what the system shows me so far, but I would like to be sure before I promise you anything about the outcome.',
  'Understood, and I am sorry that this takes so long. I am going through the entries one by one so that nobody has to ask you again.',
  'Thanks for the patience. I found the entry you mean, and I am comparing it with the others of that week before we go on.',
];

const of = <Item>(items: readonly Item[], index: number): Item =>
  items[index % items.length] as Item;

/** A conversation of 200 turns with 20 facts, one in every tenth turn; the same each time. */
export function plantedConversation(): readonly Turn[] {
  return Array.from({ length: 200 }, (_, index) => {
    const turn = index + 1;
    const planted = turn % 10 === 5 ? facts[(turn - 5) / 10] : undefined;
    const asideTexts = [of(asides, index), of(asides, index * 3 + 2)];
    // At the beginning, in the middle and at the end of what is said, in turn.
    if (planted) asideTexts.splice(((turn - 5) / 10) % 3, 0, `${planted[2]} ${planted[1]}.`);
    const said = asideTexts.join(' ');
    const callId = `lookup-${turn}`;
    const looked: readonly Message[] =
      turn % 4 === 0
        ? [
            message.assistant([
              { type: 'tool_call', id: callId, name: 'look_up', arguments: { entry: turn } },
            ]),
            message.tool(callId, { entry: turn, status: 'checked', notes: of(replies, turn) }),
          ]
        : [];
    return {
      said,
      messages: [message.user(said), ...looked, message.assistant(of(replies, index))],
      ...(planted ? { fact: { key: planted[0], value: planted[1], turn } } : {}),
    };
  });
}
