// Modules of the console's sources, for tests that need no browser.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export async function source(path) {
  const made = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${path}`, import.meta.url))],
    bundle: true, format: 'esm', write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString('base64')}`);
}
