import { respond } from '../src/models/local-model.ts';
import { systemPromptOf } from '../src/models/model-endpoint.ts';
import { roles } from '../src/roles.ts';
import { runTutorial } from '../src/run-tutorial.ts';

const forgetful = roles['payments-engineer'].systemPrompt;

/** The tutorial with a payments engineer that leaves the ticket number out of its answers. */
process.exitCode = await runTutorial({
  respond: (body) =>
    systemPromptOf(body) === forgetful
      ? respond(body).replace(/T-[0-9a-f]{8}/g, 'Somebody')
      : respond(body),
});
