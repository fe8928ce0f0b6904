/**
 * Bundle the command line: minified files of CommonJS (what Node starts fastest). One holds the whole program, whose commands
 * are evaluated when they are called; each of the frequent commands has one of its own beside it, in which the others are
 * missing (`src/cli/loader.cjs` chooses). The worker threads that unpack layers
 * and read trees are files of their own.
 *
 *   node scripts/build.ts [FOLDER]      dist/ where none is named
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type OnResolveArgs, type Plugin, transform } from 'esbuild';
import { commands, groups, hiddenCommands, type CommandEntry } from '../src/cli/command-table.ts';
import { START_FLAGS } from '../src/engine/start-flags.ts';

const root = join(import.meta.dirname, '..');
const folder = process.argv[2] ?? join(root, 'dist');

/** Commands that are called often, or while somebody waits, and the file of src/cli/commands that each is. */
const FREQUENT: Record<string, string> = {
  run: 'run',
  exec: 'exec',
  ps: 'ps',
  start: 'start',
  stop: 'stop',
  rm: 'rm',
  logs: 'logs',
  __compress: 'compress-log',
  __reclaim: 'reclaim',
  __restart: 'restart-now',
  __supervise: 'supervise',
};

// Bundles of commands that are no longer frequent, and V8's code of other bundles, must not stay.
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (/\.cache$|\.[cm]js$|^warm\./.test(name)) rmSync(join(folder, name), { force: true });

const loader = await transform(readFileSync(join(root, 'src/cli/loader.cjs'), 'utf8'), {
  define: {
    TSRUN_FREQUENT_COMMANDS: JSON.stringify(Object.keys(FREQUENT)),
    TSRUN_START_FLAGS: JSON.stringify(
      Object.fromEntries(Object.entries(START_FLAGS).map(([command, flags]) => [command, flags.join(' ')])),
    ),
  },
  minify: true,
});
writeFileSync(join(folder, 'tsrun.cjs'), loader.code);

/** CommonJS has no import.meta: what it would say of the bundle itself. */
const url = '"use strict";const __tsrunUrl="file://"+encodeURI(__filename).replace(/[?#]/g,encodeURIComponent);';
/** A bundle is one function: what the loader hands it, in this order. */
const opening = '(function(require,__dirname,__filename,__tsrunCodeCache,__tsrunStartWhole,__tsrunCore){var exports={},module={exports};';

await Promise.all([
  bundle('bundle', 'src/cli/main.ts', `${opening}${url}`, '})'),
  bundle('layer-worker', 'src/image/layer/layer-worker.ts', url, ''),
  bundle('tree-worker', 'src/image/layer/tree-worker.ts', url, ''),
  api(),
  ...Object.entries(FREQUENT).map(([word, file]) =>
    bundle(`command-${word}`, 'src/cli/main.ts', `${opening}${url}`, '})', [
      withoutOtherCommands(file),
      withoutHelp(),
      withoutRegistries(),
    ]),
  ),
]);

/** What `import 'tsrun'` gives: a module, readable in a debugger. */
async function api(): Promise<void> {
  await build({
    entryPoints: { api: join(root, 'src/api/index.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: true,
    legalComments: 'none',
    define: { TSRUN_BUNDLE: 'true' },
    logLevel: 'warning',
  });
}

/**
 * A frequent command's own bundle holds no other command, and holds this one from the start: its modules lie side by side then, in
 * the order in which they are evaluated, without a function around each, and what nobody uses of them is left out.
 */
function withoutOtherCommands(kept: string): Plugin {
  return {
    name: 'other-commands',
    setup(plugin) {
      plugin.onLoad({ filter: /\/cli\/command-table\.ts$/ }, ({ path }) => ({ contents: tableOf(kept), resolveDir: dirname(path) }));
    },
  };
}

/** A table of commands with nothing but the names of those that src/cli/commands/`kept`.ts defines. */
function tableOf(kept: string): string {
  const entriesOf = (table: Record<string, CommandEntry>): string[] =>
    Object.entries(table).flatMap(([name, entry]) => {
      const load = String(entry.load);
      const [, file, property] = /import\('\.\/commands\/([\w-]+)\.ts'\)\)\.(\w+)/.exec(load) ?? [];
      if (file === undefined) throw new Error(`the table of commands loads ${name} in a way that the build doesn't know: ${load}`);
      return file === kept ? [`${JSON.stringify(name)}: { summary: '', load: async () => kept.${property} }`] : [];
    });
  const keptGroups = Object.entries(groups).flatMap(([name, { commands: all, aliases }]) => {
    const entries = entriesOf(all);
    return entries.length === 0 ? [] : [`${name}: { summary: '', commands: { ${entries.join()} }, aliases: ${JSON.stringify(aliases)} }`];
  });
  return `import * as kept from './commands/${kept}.ts';
    export const commands = { ${entriesOf(commands).join()} };
    export const hiddenCommands = { ${entriesOf(hiddenCommands).join()} };
    export const groups = { ${keptGroups.join()} };`;
}

/** Help is printed before anything is done; and it knows all commands, so that it would bring them. */
function withoutHelp(): Plugin {
  return without('help', /\/help\.ts$/, () => true);
}

/** Nor what talks to registries: a run needs it only where its image isn't here, and begins anew then. */
function withoutRegistries(): Plugin {
  return without('registries', /\/pull\.ts$/, ({ importer }) => importer.endsWith('/image/pull/resolve.ts'));
}

/** Put a module that throws InOtherBundle in the place of those that are imported when they are needed, and that `isOut` picks. */
function without(namespace: string, filter: RegExp, isOut: (asked: OnResolveArgs) => boolean): Plugin {
  const source = JSON.stringify(join(root, 'src/cli/other-bundle.ts'));
  return {
    name: namespace,
    setup(plugin) {
      plugin.onResolve({ filter }, (asked) =>
        asked.kind === 'dynamic-import' && isOut(asked) ? { path: asked.path, namespace } : undefined,
      );
      plugin.onLoad({ filter: /^/, namespace }, () => ({
        contents: `import { inOtherBundle } from ${source}; inOtherBundle();`,
        resolveDir: root,
      }));
    },
  };
}

async function bundle(name: string, source: string, banner: string, footer: string, plugins: Plugin[] = []): Promise<void> {
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
    plugins,
  });
}
