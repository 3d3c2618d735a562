import { runTutorial } from './run-tutorial.ts';

process.exitCode = await runTutorial();
