import { modelEndpoint } from './model-endpoint.ts';
import { runTriage } from './run-triage.ts';

await using endpoint = await modelEndpoint();
const { answer, handoffs, problems } = await runTriage(endpoint);
console.log(answer);
for (const each of handoffs) console.log(each);
for (const each of problems) console.error(each);
if (problems.length > 0) process.exitCode = 1;
