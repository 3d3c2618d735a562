import { expect, test } from 'vitest';
import { Screen, type ScreenOptions, wantsColour } from './screen.ts';

function record(options: ScreenOptions = {}): { screen: Screen; text: () => string } {
  let written = '';
  const screen = new Screen((text) => {
    written += text;
  }, options);
  return { screen, text: () => written };
}

test('wraps a quote between words, wherever its pieces were cut', () => {
  const words = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ');
  const whole = record();
  whole.screen.quote(words, 1000);
  const pieces = record();
  for (const piece of words.match(/.{1,7}/g) ?? []) pieces.screen.quotePiece(piece);
  pieces.screen.endQuote();

  expect(pieces.text()).toBe(whole.text());
  const lines = whole.text().trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.every((line) => line.startsWith('  | ') && line.length <= 80)).toBe(true);
  expect(lines.map((line) => line.slice(4)).join(' ')).toBe(words);
});

test('wraps its own lines under themselves, and cuts a field after two', () => {
  const { screen, text } = record();
  const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
  screen.proven(words);
  screen.field('name', words);
  screen.wholeLine(words);
  const lines = text().trimEnd().split('\n');
  const proven = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('  name')),
  );
  expect(proven.map((line) => line.slice(0, 6))).toEqual([
    '  ok  ',
    ...proven.slice(1).map(() => '      '),
  ]);
  expect(proven.map((line) => line.slice(6)).join(' ')).toBe(words);
  expect(lines.slice(proven.length, -1)).toEqual([
    expect.stringMatching(/^ {2}name {10}word0 /),
    expect.stringMatching(/^ {16}word\d+ .*…$/),
  ]);
  expect(lines.slice(0, -1).every((line) => line.length <= 80)).toBe(true);
  expect(lines.at(-1)).toBe(`  ${words}`);
});

test('keeps control characters of a model from the terminal', () => {
  const { screen, text } = record({ colour: true });
  screen.quote('red \u001b[31malarm\u0007\r\nnext\u202eline');
  expect(text()).toContain(' red [31malarm next line\n');
});

test('tells a model call that ends within a quote after it', () => {
  const { screen, text } = record();
  screen.quotePiece('half a ');
  screen.modelCall('intake', 1234, 10, 20);
  screen.quotePiece('sentence');
  screen.endQuote();
  expect(text()).toBe('  | half a sentence\n  » intake answered in 1.23 s, 10 → 20 tokens\n');
});

test('is coloured only where it is told to be', () => {
  const say = (screen: Screen): void => {
    screen.heading('Title', ['run']);
    screen.section('Section');
    screen.field('name', 'value');
    screen.proven('true');
    screen.modelCall('intake', 1, 2, 3);
    screen.quote('text');
  };
  const plain = record();
  say(plain.screen);
  expect(plain.text()).not.toContain('\u001b');
  const coloured = record({ colour: true });
  say(coloured.screen);
  expect(coloured.text().split('\u001b[')).toHaveLength(2 * 8 + 1);
});

test('is for colour on a terminal whose owner does not refuse it', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
});

test('takes a placeholder for no secret', () => {
  const { screen, text } = record({ secret: 'none' });
  screen.line('none');
  expect(text()).toBe('  none\n');
});

test('never shows the secret, also not in pieces', () => {
  const { screen, text } = record({ secret: 'open-sesame' });
  screen.line('They said: open-sesame.');
  screen.quotePiece('It is open-');
  screen.quotePiece('sesame!');
  screen.endQuote();
  expect(text()).toBe('  They said: [hidden].\n  | It is [hidden]!\n');
});
