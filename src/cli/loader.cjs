'use strict';
/*
 * What bin/tsrun starts: the bundle of the command that is asked for, with V8's code for it.
 *
 * Each of the frequent commands has a bundle of its own, so that what it costs to start one doesn't grow with what all the
 * others can do; the whole program is `bundle.cjs`. Which command a line asks for is guessed by its first word that is one. A
 * wrong guess (`tsrun pull run`), or a run whose image must be pulled, is noticed by that bundle before it has done anything,
 * and the whole one takes over.
 *
 * Compiling costs 9 ms a start for 360 KB of JavaScript, and compiling its functions as they are called some more; code that an
 * earlier start left beside the bundle saves both. V8 checks that it was made from this source by this Node, under these flags;
 * where it wasn't, or there is none, the bundle is compiled, and a command that went well leaves new code (`code-cache.ts`). With
 * TSRUN_WARM_UP set it always does: what it called is added to what was there (`scripts/warm-up`).
 */
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

/** The name that the process of the whole program gets where another one made place for it. */
const WHOLE = 'tsrun-whole';

const command = process.argv0 === WHOLE ? undefined : process.argv.find((word) => TSRUN_FREQUENT_COMMANDS.includes(word));

function start(name) {
  const bundle = `${__dirname}/${name}.cjs`;
  const cache = `${__dirname}/${name}.cache`;
  const cachedData = readCache(cache);
  // esbuild writes ASCII, and latin1 is what V8 reads fastest.
  const script = new Script(readFileSync(bundle, 'latin1'), { filename: bundle, ...(cachedData === undefined ? {} : { cachedData }) });
  const isMissing = cachedData === undefined || script.cachedDataRejected === true;
  // Code that was made under other flags than bin/tsrun's would be refused by the next start.
  const isWanted = process.execArgv.join(' ') === (TSRUN_START_FLAGS[command] ?? '');
  const isLeft = isWanted && (isMissing || process.env.TSRUN_WARM_UP !== undefined);
  const codeCache = isLeft ? { path: cache, create: () => script.createCachedData() } : undefined;
  script.runInThisContext()(requireOnce, __dirname, bundle, codeCache, name === 'bundle' ? undefined : startWhole);
}

const modules = new Map();

/** Each of a bundle's hundred files asks for the few modules of Node that it uses, which takes Node 5 microseconds every time. */
function requireOnce(name) {
  let found = modules.get(name);
  if (found === undefined) modules.set(name, (found = require(name)));
  return found;
}

/**
 * Begin anew as the whole program, in a Node.js with all its compilers, and with a seed of its own for its hash tables: what
 * a registry says is not to be trusted. Node marks descriptors up to 16 close-on-exec, so where a word may name one
 * (`--env-file /dev/fd/3`), the whole program runs in this process, as it is.
 */
function startWhole() {
  if (process.argv.some((word) => word.includes('/fd/'))) start('bundle');
  else process.execve(process.execPath, [WHOLE, '--', ...process.argv.slice(1)], process.env);
}

function readCache(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

start(command === undefined ? 'bundle' : `command-${command}`);
