/** Registries from the command line: push, pull, login, logout and search against Debian's docker-registry. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { command } from '../helpers/command.ts';
import { PROGRAM, startEngine, type TestEngine } from '../helpers/engine.ts';
import { missingPrograms, startRealRegistry, type RealOptions } from '../helpers/registry-real.ts';
import { rootTest } from '../helpers/root.ts';

function realTest(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (missingPrograms.length === 0) rootTest(title, implementation);
  else test.skip(`${title} (${missingPrograms.join(', ')} not installed)`, implementation);
}

/** An engine with busybox, a config.json of its own, and a registry at 127.0.0.1:5000. */
async function start(t: ExecutionContext, options: RealOptions = {}): Promise<{ engine: TestEngine; host: string; config: string }> {
  const engine = await startEngine(t, 'busybox');
  engine.environment['DOCKER_CONFIG'] = join(engine.directory, 'docker');
  const { host } = await startRealRegistry(t, { ...options, network: engine.network, port: 5000 });
  return { engine, host, config: join(engine.directory, 'docker', 'config.json') };
}

realTest('push, and what Docker prints; pull, and every tag', async (t) => {
  const { engine, host } = await start(t);
  for (const name of ['one:1', 'one:2', 'two:1']) await engine.ok('tag', 'busybox', `${host}/${name}`);
  const pushed =
    /^The push refers to repository \[127\.0\.0\.1:5000\/one\]\n([0-9a-f]{12}): Preparing\n\1: (.*)\n1: digest: (sha256:[0-9a-f]{64}) size: \d+$/;
  const [, layer, status, digest] = pushed.exec(await engine.ok('push', `${host}/one:1`)) ?? [];
  t.is(status, 'Pushed');
  t.is(pushed.exec(await engine.ok('image', 'push', `${host}/one:1`))?.[2], 'Layer already exists');
  t.is(await engine.ok('push', '--quiet', `${host}/one:1`), `${host}/one:1`);
  t.regex(await engine.ok('push', '--all-tags', `${host}/one`), /^The push .*\n.*\n.*\n1: digest: .*\n.*\n.*\n2: digest: /);
  t.regex(await engine.ok('push', `${host}/two:1`), new RegExp(`\n${layer}: Mounted from one\n`));
  t.true((await engine.ok('images', '--digests')).includes(digest ?? '?'));

  const wrong = async (words: string[], message: string): Promise<void> => {
    const { code, stderr } = await engine.tsrun(words);
    t.is(code, 1);
    t.is(stderr.split('\n')[0], `tsrun: ${message}`);
  };
  await wrong(['push', `${host}/one`], `tag does not exist: ${host}/one:latest`);
  await wrong(['push', `${host}/nosuch:1`], `An image does not exist locally with the tag: ${host}/nosuch`);
  await wrong(['push', '-a', `${host}/one:1`], "tag can't be used with --all-tags/-a");
  await wrong(['pull', '-a', `${host}/one:1`], "tag can't be used with --all-tags/-a");
  await wrong(['push', '127.0.0.1:5009/x'], 'An image does not exist locally with the tag: 127.0.0.1:5009/x');

  await engine.ok('rmi', '--force', 'busybox', `${host}/one:1`, `${host}/one:2`, `${host}/two:1`);
  const pulled = (await engine.ok('pull', '-a', `${host}/one`)).split('\n');
  // In the registry's order.
  t.deepEqual(pulled.filter((line) => line.includes('Pulling from')).toSorted(), ['1: Pulling from one', '2: Pulling from one']);
  t.deepEqual(pulled.slice(-3), [`Digest: ${digest}`, `Status: Downloaded newer image for ${host}/one`, `${host}/one`]);
  t.is(await engine.ok('pull', '-q', `${host}/two:1`), `${host}/two:1`);
  t.is(await engine.ok('run', '--rm', '--network', 'none', `${host}/one:2`, 'echo', 'it runs'), 'it runs');
});

realTest('a run that pulls begins anew, and has read and said nothing by then', async (t) => {
  const { engine, host } = await start(t);
  await engine.ok('tag', 'busybox', `${host}/one`);
  await engine.ok('push', '-q', `${host}/one`);
  // The second can't be handed to another program: there it goes on in the same process.
  for (const file of ['/dev/stdin', '/dev/fd/0']) {
    await engine.ok('rmi', '--force', 'busybox', `${host}/one`);
    const words = ['run', '--rm', '--network', 'none', '--explain', '--env-file', file, `${host}/one`, 'sh', '-c', 'echo $GIVEN'];
    const piped = engine.network.enter('sh', ['-c', 'echo "GIVEN=it was read once" | "$@"', 'sh', PROGRAM, ...words]);
    const { code, stdout, stderr } = await command(...piped, { environment: engine.environment });
    t.deepEqual([code, stdout], [0, 'it was read once\n'], stderr);
    for (const once of ['Unable to find image', 'find the image', 'Pulling from one'])
      t.is(stderr.split(once).length, 2, `${once}: ${stderr}`);
    await engine.ok('tag', `${host}/one`, 'busybox');
  }
});

realTest('search: a registry without the API is asked for its list', async (t) => {
  const { engine, host } = await start(t);
  for (const name of ['app/web', 'app/worker', 'other']) {
    await engine.ok('tag', 'busybox', `${host}/${name}`);
    await engine.ok('push', '-q', `${host}/${name}`);
  }
  t.is(
    await engine.ok('search', `${host}/app`),
    `NAME                        DESCRIPTION   STARS     OFFICIAL   AUTOMATED
${host}/app/web                    0                    
${host}/app/worker                 0                    `,
  );
  t.is((await engine.ok('search', '--limit', '1', `${host}/app`)).split('\n').length, 2);
  t.is(await engine.ok('search', '--format', '{{.Name}}/{{.StarCount}}', `${host}/work`), `${host}/app/worker/0`);
  t.is((await engine.ok('search', '--filter', 'stars=3', `${host}/app`)).split('\n').length, 1);
  for (const [words, message] of [
    [['--limit', '0', 'x'], 'Limit 0 is outside the range of [1, 100]'],
    [['--filter', 'stars=many', 'x'], "Invalid filter 'stars=many'"],
    [['--filter', 'is-official=so', 'x'], "Invalid filter 'is-official=[so]'"],
    [['--filter', 'size=1', 'x'], "Invalid filter 'size'"],
    [['https://registry.example/x'], 'Invalid repository name (ex: "registry.domain.tld/myrepos")'],
  ] as const) {
    const { code, stderr } = await engine.tsrun(['search', ...words]);
    t.is(code, 1);
    t.is(stderr.split('\n')[0], `tsrun: ${message}`);
  }
  const { code, stderr } = await engine.tsrun(['search', '--filter', 'stars', 'x']);
  t.is(code, 125);
  t.true(stderr.startsWith('invalid argument "stars" for "-f, --filter" flag: bad format of filter (expected name=value)\n'));
});

realTest('login is checked and kept beside what is in config.json; logout forgets it', async (t) => {
  const { engine, host, config } = await start(t, { login: { user: 'me', password: 'pa:ss' } });
  await engine.ok('tag', 'busybox', `${host}/app`);
  t.regex((await engine.tsrun(['push', `${host}/app`])).stderr, /^tsrun: no basic auth credentials\n/);

  const wrong = await engine.tsrun(['login', '-u', 'me', '--password-stdin', host], { input: 'geheim\n' });
  t.is(wrong.code, 1);
  t.is(wrong.stdout, '');
  t.is(wrong.stderr, `tsrun: login attempt to http://${host}/v2/ failed with status: 401 Unauthorized\n`);
  t.throws(() => statSync(config), { code: 'ENOENT' });

  const good = await engine.tsrun(['login', '--username=me', '--password-stdin', `http://${host}/v2/`], { input: 'pa:ss\r\n' });
  t.is(good.stdout, 'Login Succeeded\n');
  t.true(good.stderr.startsWith(`WARNING! Your password will be stored unencrypted in ${config}.\nConfigure a credential helper `));
  t.is(readFileSync(config, 'utf8'), `{\n\t"auths": {\n\t\t"${host}": {\n\t\t\t"auth": "${btoa('me:pa:ss')}"\n\t\t}\n\t}\n}`);
  t.is(statSync(config).mode & 0o7777, 0o600);
  await engine.ok('push', `${host}/app`);

  writeFileSync(
    config,
    JSON.stringify({ HttpHeaders: { x: 'y' }, ...(JSON.parse(readFileSync(config, 'utf8')) as object), psFormat: 'z' }),
  );
  const again = await engine.tsrun(['login', host]);
  t.is(again.stdout, 'Authenticating with existing credentials...\nLogin Succeeded\n');
  t.is(await engine.ok('logout', host), `Removing login credentials for ${host}`);
  t.deepEqual(JSON.parse(readFileSync(config, 'utf8')), { HttpHeaders: { x: 'y' }, auths: {}, psFormat: 'z' });
  t.is(await engine.ok('logout', host), `Removing login credentials for ${host}`);
  t.is(await engine.ok('logout'), 'Removing login credentials for https://index.docker.io/v1/');

  for (const [words, message] of [
    [['--password-stdin', host], 'Must provide --username with --password-stdin'],
    [['-u', 'me', host], 'Cannot perform an interactive login from a non TTY device'],
    [['-u', 'me', '-p', 'x', '127.0.0.1:5009'], 'Get "http://127.0.0.1:5009/v2/": dial tcp 127.0.0.1:5009: connect: connection refused'],
    [['-u', 'me', '-p', 'x', '--password-stdin', host], '--password and --password-stdin are mutually exclusive'],
  ] as const) {
    const { code, stderr } = await engine.tsrun(['login', ...words]);
    t.is(code, 1);
    const lines = stderr.split('\n').filter((line) => line !== 'WARNING! Using --password via the CLI is insecure. Use --password-stdin.');
    t.is(lines[0], `tsrun: ${message}`);
    t.is(lines.length < stderr.split('\n').length, (words as readonly string[]).includes('-p'));
  }
  writeFileSync(config, '{"auths": geheim');
  const damaged = await engine.tsrun(['login', '-u', 'me', '-p', 'pa:ss', host]);
  t.is(damaged.code, 1);
  t.false(`${damaged.stdout}${damaged.stderr}`.includes('geheim'));
  t.is(readFileSync(config, 'utf8'), '{"auths": geheim');
});

realTest('login asks on a terminal, and shows no password', async (t) => {
  const { engine, host, config } = await start(t, { login: { user: 'me', password: 'secret' } });
  const terminal = await engine.terminal(['login', host]);
  await terminal.expect('Username: ');
  terminal.type('me\r');
  await terminal.expect('Password: ');
  terminal.type('secrex\u007Ft\r');
  await terminal.expect('Login Succeeded');
  t.is(await terminal.ended, 0);
  t.false(terminal.screen.includes('sec'));
  t.regex(await terminal.settings(), /(?<!-)\becho\b/);
  t.true(readFileSync(config, 'utf8').includes(btoa('me:secret')));

  t.is((await engine.tsrun(['logout', host])).code, 0);
  const hasty = await engine.terminal(['login', host]);
  await hasty.expect('Username: ');
  hasty.type('me\rsecret\r');
  await hasty.expect('Login Succeeded');
  t.is(await hasty.ended, 0);
  t.regex(hasty.screen, /^Username: me\r+\nPassword: \r\n/, 'what was typed ahead answers the second question, unseen');

  const second = await engine.terminal(['login', '-u', 'me', host]);
  await second.expect('Password: ');
  second.type('\u0003');
  t.not(await second.ended, 0);
  t.regex(await second.settings(), /(?<!-)\bicanon\b/);
});
