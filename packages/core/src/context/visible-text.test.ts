import { describe, expect, it } from 'vitest';
import { visibleText } from './visible-text.ts';

describe('visibleText', () => {
  it.each(['', 'plain\ttext\nof two lines', 'é 库 größe 👨‍👩‍👧 ❤️ 1️⃣ 🇪🇺', 'می‌خواهم', 'क्‍ष'])(
    'leaves alone what can be seen: %s',
    (text) => {
      expect(visibleText(text)).toBe(text);
    },
  );

  it('writes what can’t be seen as escapes', () => {
    const hidden =
      '\0 \x07 \x1b \x7f \x85 \u00ad \u061c \u115f \u200b \u200e \u2028 \u2029 \u202e \u2060 \u2066 \u3164 \ufeff \ufff9 \ud83d';
    const shown = visibleText(hidden);
    expect(shown).toMatch(/^(?:\\u[0-9a-f]{4} ?)+$/);
    expect(JSON.parse(`"${shown}"`)).toBe(hidden);
    expect(visibleText('\u{e0041}\u{e0100}')).toBe('\\udb40\\udc41\\udb40\\udd00');
  });

  it('writes joiners and variation selectors as escapes where they join nothing', () => {
    expect(visibleText('ad\u200dmin')).toBe('ad\\u200dmin');
    expect(visibleText('é\u200d\u200dé')).toBe('é\\u200d\u200dé');
    expect(visibleText('\u200cé\u200c')).toBe('\\u200cé\\u200c');
    expect(visibleText('a\ufe0f\ufe0e\ufe01')).toBe('a\ufe0f\\ufe0e\\ufe01');
  });

  it('knows one line ending', () => {
    expect(visibleText('a\r\nb\rc\n')).toBe('a\nb\nc\n');
    expect(visibleText('é\r\nb\rc\n')).toBe('é\nb\nc\n');
  });
});
