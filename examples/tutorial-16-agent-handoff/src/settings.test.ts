import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test('stays on this machine, with one model, where the environment says nothing', () => {
  const expected = {
    baseUrl: undefined,
    apiKey: undefined,
    model: 'demo-model',
    modelB: 'demo-model',
  };
  expect(readSettings({})).toEqual(expected);
  expect(readSettings({ OPENAI_BASE_URL: ' ', OPENAI_API_KEY: '', MODEL_B: '' })).toEqual(expected);
});

test('takes the second model from the first where it has none of its own', () => {
  expect(readSettings({ MODEL: 'a' })).toMatchObject({ model: 'a', modelB: 'a' });
  expect(readSettings({ MODEL: 'a', MODEL_B: 'b' })).toMatchObject({ model: 'a', modelB: 'b' });
});

test('wants a model with a base URL', () => {
  expect(() => readSettings({ OPENAI_BASE_URL: 'https://host/v1' })).toThrow(/MODEL is not/);
});

test('refuses a base URL that is none, or that holds more', () => {
  const no = ['host/v1', 'file:///v1', 'https://me:secret@host/v1', 'https://host/v1?key=secret'];
  for (const OPENAI_BASE_URL of no) {
    expect(() => readSettings({ OPENAI_BASE_URL, MODEL: 'a' }), OPENAI_BASE_URL).toThrow(
      /^OPENAI_BASE_URL is no base URL: write it like https:\/\/host\/v1, and no more\.$/,
    );
  }
});
