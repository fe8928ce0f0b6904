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

/** The name that the process of the whole program gets where another one made place for it. */
const WHOLE = 'tsrun-whole';

const command = process.argv0 === WHOLE ? undefined : process.argv.find((word) => TSRUN_FREQUENT_COMMANDS.includes(word));

const core = loadCore();

function start(name) {
  const bundle = `${__dirname}/${name}.cjs`;
  const cache = `${__dirname}/${name}.cache`;
  const cachedData = readCache(cache);
  const script = compile(readText(bundle), bundle, cachedData);
  const isMissing = cachedData === undefined || script.cachedDataRejected === true;
  // Code that was made under other flags than bin/tsrun's would be refused by the next start.
  const isWanted = process.execArgv.join(' ') === (TSRUN_START_FLAGS[command] ?? '');
  const isLeft = isWanted && (isMissing || process.env.TSRUN_WARM_UP !== undefined);
  const codeCache = isLeft ? { path: cache, create: () => script.createCachedData() } : undefined;
  script.evaluate()(requireOnce, __dirname, bundle, codeCache, name === 'bundle' ? undefined : startWhole, core);
}

/** The native core; undefined where it can't be loaded, which the bundle tells when it needs it. */
function loadCore() {
  const addon = { exports: {} };
  try {
    process.dlopen(addon, `${__dirname}/../build/tsrun.node`);
    return addon.exports;
  } catch {
    return undefined;
  }
}

/** A bundle's text: esbuild writes ASCII. V8 reads of it what it compiles, so the page cache's copy will do. */
const readText = (path) => (core === undefined ? readFileSync(path, 'latin1') : core.mapLatin1(path));

function readCache(path) {
  try {
    return core === undefined ? readFileSync(path) : core.mapBytes(path);
  } catch {
    return undefined;
  }
}

/**
 * What `new vm.Script` is made of. node:vm is a wrapper around it that Node compiles anew for every process with flags like ours, which
 * takes as long as it takes to compile a bundle with code that is there. `process.binding` is deprecated, and Node says so where it was asked to.
 */
function compile(text, filename, cachedData) {
  const { ContextifyScript } = isTellingOfDeprecation() ? {} : process.binding('contextify');
  if (ContextifyScript === undefined) {
    const script = new (require('node:vm').Script)(text, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
    return Object.assign(script, { evaluate: () => script.runInThisContext() });
  }
  // Lines and columns from 0; no code asked for; this context; a name for whoever imports from it, which a bundle doesn't.
  const script = new ContextifyScript(text, filename, 0, 0, cachedData, false, undefined, Symbol(filename));
  // No time-out; errors as they are; no break on SIGINT or at the first line.
  return Object.assign(script, { evaluate: () => script.runInContext(null, -1, true, false, false) });
}

const isTellingOfDeprecation = () =>
  process.env.NODE_PENDING_DEPRECATION !== undefined || (process.env.NODE_OPTIONS ?? '').includes('deprecation');

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

start(command === undefined ? 'bundle' : `command-${command}`);
