import { type ModelStep, type ScriptedModel, scriptedModel } from '@agent-handoff/testing';
import { afterEach, expect } from 'vitest';
import { wires } from '../wire/wires.ts';

/**
 * Makes scripted models for the tests of a file. After each test, every transcript that any of them was
 * shown has to be one that OpenAI, Anthropic and Gemini accept.
 */
export function acceptedModels(): (steps: ModelStep | readonly ModelStep[]) => ScriptedModel {
  const made: ScriptedModel[] = [];
  afterEach(() => {
    const models = made.splice(0);
    const shown = models.flatMap(({ calls }) => calls);
    if (models.length > 0) expect(shown, 'what models were shown').not.toEqual([]);
    for (const { messages } of shown) {
      for (const { name, problems } of wires) {
        expect({ name, problems: problems(messages) }).toEqual({ name, problems: [] });
      }
    }
  });
  return (steps) => {
    // What is refused is found here, on the wire, and not by the model itself.
    const model = scriptedModel(steps, { strict: false });
    made.push(model);
    return model;
  };
}
