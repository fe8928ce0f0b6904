/**
 * Bundle the command line: one minified file of CommonJS (what Node starts fastest), whose commands are evaluated when
 * they are called; and the worker thread that unpacks layers, as a file of its own.
 *
 *   node scripts/build.ts [FOLDER]      dist/ where none is named
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const folder = process.argv[2] ?? join(root, 'dist');

// What is beside the bundle: `loader.cjs` starts it, and V8's code of another bundle must not stay.
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (name.endsWith('.cache')) rmSync(join(folder, name), { force: true });
copyFileSync(join(root, 'src/cli/loader.cjs'), join(folder, 'tsrun.cjs'));

/** CommonJS has no import.meta: what it would say of the bundle itself. */
const url = '"use strict";const __tsrunUrl="file://"+encodeURI(__filename).replace(/[?#]/g,encodeURIComponent);';
/** The bundle is one function: what the loader hands it, in this order. */
const opening = '(function(require,__dirname,__filename,__tsrunCodeCache){var exports={},module={exports};';

await bundle('bundle', 'src/cli/main.ts', `${opening}${url}`, '})');
await bundle('layer-worker', 'src/image/layer/layer-worker.ts', url, '');

async function bundle(name: string, source: string, banner: string, footer: string): Promise<void> {
  await build({
    entryPoints: { [name]: join(root, source) },
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
    banner: { js: banner },
    footer: { js: footer },
    logLevel: 'warning',
  });
}
