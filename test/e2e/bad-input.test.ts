/** What is wrong is said: which step, what to do, and with Docker's exit code. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { command, type Outcome } from '../helpers/command.ts';
import { SCHEMA_VERSION } from '../../src/state/schema.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/tsrun');

rootTest('an image that is nowhere', async (t) => {
  const engine = await startEngine(t);
  const never = await engine.tsrun(['run', '--rm', '--pull', 'never', 'no-such-image', 'true']);
  t.is(never.code, 125);
  t.regex(never.stderr, /[Nn]o such image: no-such-image/);
  // The namespace of the test has no way to a registry.
  const missing = await engine.tsrun(['run', '--rm', 'no-such-image', 'true']);
  t.is(missing.code, 125);
  t.regex(missing.stderr, /Unable to find image 'no-such-image:latest' locally/);
});

rootTest('a reference that can’t be one', async (t) => {
  const engine = await startEngine(t);
  const { code, stderr } = await engine.tsrun(['run', '--rm', 'UPPER/Case', 'true']);
  t.is(code, 125);
  t.regex(stderr, /invalid reference format|must be lowercase/);
});

rootTest('a name in use', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'taken', 'busybox', 'true');
  const { code, stderr } = await engine.tsrun(['run', '--name', 'taken', 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /The container name "\/?taken" is already in use by container/);
});

rootTest('a command that is missing, no program, or for another machine', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const folder = join(engine.directory, 'programs');
  mkdirSync(folder);
  const program = (name: string, content: string | Buffer): void => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), 0o755);
  };
  program('crlf', '#!/bin/sh\r\necho hello\r\n');
  program('no-interpreter', '#!/no/such/interpreter\n');
  program('empty', '');
  program('text', 'just words\n');
  const elf = Buffer.from(readFileSync('/usr/bin/env').subarray(0, 4096));
  elf.writeUInt16LE(elf.readUInt16LE(18) === 62 ? 183 : 62, 18);
  program('other-machine', elf);
  writeFileSync(join(folder, 'not-executable'), '#!/bin/sh\n', { mode: 0o644 });

  const run = async (name: string): Promise<[number | null, string]> => {
    const { code, stderr } = await engine.tsrun(['run', '--rm', '-v', `${folder}:/programs`, 'busybox', `/programs/${name}`]);
    return [code, stderr];
  };
  for (const [name, code, words] of [
    ['missing', 127, /no such file|not found/],
    ['not-executable', 126, /permission denied/],
    ['crlf', 127, /\\r|CRLF|carriage|line ending/i],
    ['no-interpreter', 127, /\/no\/such\/interpreter/],
    ['other-machine', 126, /exec format error|architecture|aarch64|arm64|x86/i],
    ['text', 126, /exec format error/],
  ] as const) {
    const [found, said] = await run(name);
    t.is(found, code, `${name}: ${said}`);
    t.regex(said, words, name);
  }
});

rootTest('a working folder, a user, a group that is not there', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', '-w', '/new/folder', 'busybox', 'pwd'), '/new/folder', 'Docker makes it');
  const user = await engine.tsrun(['run', '--rm', '-u', 'stranger', 'busybox', 'true']);
  t.is(user.code, 125);
  t.regex(user.stderr, /unable to find user stranger/);
  const group = await engine.tsrun(['run', '--rm', '-u', 'root:strangers', 'busybox', 'true']);
  t.is(group.code, 125);
  t.regex(group.stderr, /unable to find group strangers/);
});

rootTest('a database of another version', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const path = join(engine.root, 'tsrun.db');
  const setVersion = (version: number): void => {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
  };
  setVersion(999);
  const { code, stderr } = await engine.tsrun(['run', '--rm', 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /another version/);
  setVersion(SCHEMA_VERSION);
});

rootTest('not root', async (t) => {
  const engine = await startEngine(t, 'busybox');
  chmodSync(engine.directory, 0o755);
  // Where this checkout lies, others may not look: show it where they may.
  const seen = join(engine.directory, 'checkout');
  mkdirSync(seen);
  const script = 'mount --bind "$1" "$2" && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$2/bin/tsrun" run --rm busybox true';
  const words = ['--mount', '--propagation=slave', 'sh', '-c', script, 'sh', join(PROGRAM, '../..'), seen];
  const { code, stderr } = await command('unshare', words, { environment: engine.environment });
  t.is(code, 125, stderr);
  t.regex(stderr, /root/);
});

rootTest('a file for stdin, stdin or stdout that is closed, a reader that leaves', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const shell = (script: string): Promise<Outcome> =>
    command(...engine.network.enter('bash', ['-c', `set -o pipefail; tsrun() { timeout -k 1 120 ${PROGRAM} "$@"; }; ${script}`]), {
      environment: engine.environment,
    });
  t.is((await shell('tsrun run --rm -i busybox cat </etc/passwd | cmp - /etc/passwd')).code, 0);
  t.is((await shell('tsrun run --rm busybox echo x >&-')).code, 0);
  t.is((await shell('tsrun run --rm busybox true <&-')).code, 0);
  const left = await shell('tsrun run --rm busybox yes | head -n 1');
  t.is(left.stdout, 'y\n');
  t.false([0, 124, 137].includes(left.code ?? 0), `the command ends by itself, and not as a success: ${left.code}`);
});

rootTest('a port on an IPv6 address is refused, not published elsewhere', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const address of ['::1', '::']) {
    const { code, stderr } = await engine.tsrun(['run', '--rm', '-p', `[${address}]:8080:80`, 'busybox', 'true']);
    t.is(code, 125);
    t.is(stderr, `tsrun: cannot publish a port on the IPv6 address ${address}: containers have IPv4 only\n`);
  }
});

rootTest('flags that we don’t have say so', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const unknown = await engine.tsrun(['run', '--no-such-flag', 'busybox']);
  t.is(unknown.code, 125);
  t.regex(unknown.stderr, /unknown flag: --no-such-flag/);
  const unsupported = await engine.tsrun(['run', '--use-api-socket', 'busybox']);
  t.is(unsupported.code, 125);
  t.regex(unsupported.stderr, /--use-api-socket is not supported yet/);
});
