/**
 * Bundle the command line: one minified file of CommonJS (what Node starts fastest), whose commands are evaluated when
 * they are called; and the worker thread that unpacks layers, as a file of its own.
 *
 *   node scripts/build.ts [FOLDER]      dist/ where none is named
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const folder = process.argv[2] ?? join(root, 'dist');

/** Output by source; a source that isn't there is left out. */
const entries = Object.fromEntries(
  [
    ['tsrun', 'src/cli/main.ts'],
    ['layer-worker', 'src/image/layer/layer-worker.ts'],
  ]
    .map(([name, path]) => [name ?? '', join(root, path ?? '')] as const)
    .filter(([, path]) => existsSync(path)),
);

await build({
  entryPoints: entries,
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  sourcemap: false,
  legalComments: 'none',
  define: { TSRUN_BUNDLE: 'true', 'import.meta.url': '__tsrunUrl' },
  // CommonJS has no import.meta: what it would say of the bundle itself.
  banner: { js: '"use strict";const __tsrunUrl="file://"+encodeURI(__filename).replace(/[?#]/g,encodeURIComponent);' },
  logLevel: 'warning',
});
