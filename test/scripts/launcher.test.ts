/** bin/tsrun: from anywhere, through links, whatever `node` is on the PATH. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { command } from '../helpers/command.ts';

import { START_FLAGS } from '../../src/engine/start-flags.ts';

const program = join(import.meta.dirname, '../../bin/tsrun');

test('starts with its own Node.js, through a link, from another folder, with an empty environment', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-launcher-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  symlinkSync(program, join(folder, 'first'));
  symlinkSync('first', join(folder, 'second'));
  const { stdout, stderr, code } = await command('env', ['-i', 'PATH=/usr/bin:/bin', join(folder, 'second'), '--version'], { cwd: '/' });
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(stdout, /^tsrun version \d+\.\d+\.\d+\n$/);
});

test('is found on the PATH', async (t) => {
  const { stdout } = await command('env', ['-i', `PATH=${join(program, '..')}:/usr/bin:/bin`, 'tsrun', '--version']);
  t.regex(stdout, /^tsrun version/);
});

test('says what to do where it was not set up', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-launcher-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { stderr, code } = await command('sh', [
    '-c',
    `mkdir "$1/bin" && cp "$2" "$1/bin/tsrun" && "$1/bin/tsrun" --version`,
    'sh',
    folder,
    program,
  ]);
  t.is(code, 125);
  t.regex(stderr, /run .*scripts\/setup/);
});

test('starts frequent commands, and no others, with the flags for these', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-launcher-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const hook = join(folder, 'hook.cjs');
  writeFileSync(hook, 'process.stderr.write(process.execArgv.join(" ")); process.exit(0);');
  const flagsOf = async (...words: string[]): Promise<string> =>
    (await command('env', ['-i', 'PATH=/bin', `NODE_OPTIONS=--require=${hook}`, program, ...words])).stderr;
  for (const [name, flags] of Object.entries(START_FLAGS))
    t.is(await flagsOf('--root', '/nowhere', 'container', name, '-it', 'busybox'), flags.join(' '));
  t.is(await flagsOf('pull', 'busybox'), '');
  t.is(await flagsOf(), '');
});

test('restore, the first command after a boot, has Node.js read in huge pages before it starts it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-launcher-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const nodes = join(folder, `node_modules/node-linux-${process.arch}/bin`);
  for (const path of [nodes, join(folder, 'bin'), join(folder, 'dist'), join(folder, 'build')]) mkdirSync(path, { recursive: true });
  copyFileSync(program, join(folder, 'bin/tsrun'));
  writeFileSync(join(folder, 'dist/tsrun.cjs'), '');
  const log = join(folder, 'log');
  writeFileSync(join(nodes, 'node'), `#!/bin/sh\necho started >>${log}\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'build/tsrun-page-in'), `#!/bin/sh\necho "paged in $*" >>${log}; echo noise; exit 1\n`, { mode: 0o755 });
  t.like(await command(join(folder, 'bin/tsrun'), ['images']), { stdout: '', stderr: '', code: 0 });
  t.like(await command(join(folder, 'bin/tsrun'), ['restore']), { stdout: '', stderr: '', code: 0 });
  t.is(readFileSync(log, 'utf8'), `started\npaged in ${nodes}/node\nstarted\n`);
});

test("leaves Node's own option --env-file to the command", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-launcher-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'variables'), 'TSRUN_BRIDGE=no/device\n');
  // In our environment that bridge would be refused, first of all.
  const { stderr } = await command('env', ['-i', 'PATH=/bin', program, 'run', '--env-file', join(folder, 'variables'), '--nonsense', 'x']);
  t.regex(stderr, /^unknown flag: --nonsense\n/);
  const missing = await command('env', ['-i', 'PATH=/bin', program, 'run', '--env-file', join(folder, 'none'), 'x']);
  t.regex(missing.stderr, /^tsrun: open .*none: no such file or directory\n/);
});
