import { runTutorial } from './run-tutorial.ts';

// Whoever reads along may stop early: `pnpm demo | head`.
process.stdout.on('error', () => process.exit());

process.exitCode = await runTutorial();
