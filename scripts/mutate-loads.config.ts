/** How they run where the change is in what happens while a module loads: each file loads its own. */
import { mergeConfig } from 'vitest/config';
import calls from './mutate-calls.config.ts';

export default mergeConfig(calls, { test: { isolate: true } });
