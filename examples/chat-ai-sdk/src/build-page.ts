import { join } from 'node:path';
import { build } from 'vite';

/** Builds the page; the folder that it is in then. */
export async function buildPage(): Promise<string> {
  const outDir = join(import.meta.dirname, '../dist');
  await build({
    root: join(import.meta.dirname, '../page'),
    configFile: false,
    mode: 'production',
    // Says only that a library has a directive for servers in it.
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  });
  return outDir;
}
