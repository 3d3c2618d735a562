import { modelEndpoint } from './model-endpoint.ts';
import { runRefunds } from './run-refunds.ts';

await using endpoint = await modelEndpoint();
const { question, said, handoffs, problems } = await runRefunds(endpoint, 'yes');
console.log(`The graph asks: ${String(question)} Somebody says: yes.`);
for (const each of [...said, ...handoffs]) console.log(each);
for (const each of problems) console.error(each);
if (problems.length > 0) process.exitCode = 1;
