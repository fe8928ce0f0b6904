'use strict';
/*
 * What bin/tsrun starts: the bundle, with V8's code for it. Compiling 360 KB of JavaScript costs 9 ms a start and compiling
 * its functions as they are called some more; code that an earlier start of the same command left beside the bundle saves
 * both. V8 checks that it was made from this source by this Node; where it wasn't, or there is none, the bundle is compiled,
 * and a command that went well leaves new code (`code-cache.ts`).
 */
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const bundle = `${__dirname}/bundle.cjs`;
// Each of the frequent commands calls other functions. A word that is something else than the command costs nothing but time.
const FREQUENT = ['run', 'exec', 'ps', 'start', 'stop', 'rm', 'logs', '__reclaim'];
const command = process.argv.find((word) => FREQUENT.includes(word));
const cache = `${__dirname}/${command ?? 'run'}.cache`;

function readCache() {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

const cachedData = readCache();
// esbuild writes ASCII, and latin1 is what V8 reads fastest.
const script = new Script(readFileSync(bundle, 'latin1'), { filename: bundle, ...(cachedData === undefined ? {} : { cachedData }) });
const isMissing = command !== undefined && (cachedData === undefined || script.cachedDataRejected === true);
script.runInThisContext()(require, __dirname, bundle, isMissing ? { path: cache, create: () => script.createCachedData() } : undefined);
