import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readCredentials, type HelperRunner } from '../../../src/image/registry/credentials.ts';
import { checkLogin, credentialsPlace, eraseCredentials, registryOf, storeCredentials } from '../../../src/image/registry/login.ts';
import { registryOptions } from '../../../src/image/registry/options.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { mustRun } from '../../helpers/command.ts';
import { faults, startFakeRegistry } from '../../helpers/registry-fake.ts';
import { dockerConfig } from '../../helpers/registry-login.ts';

const ME = { username: 'me', password: 'geheim' };

function configOf(t: ExecutionContext, config: unknown): { environment: Record<string, string>; path: string; read: () => unknown } {
  const environment = dockerConfig(t, config);
  const path = join(environment['DOCKER_CONFIG'] ?? '', 'config.json');
  return { environment, path, read: () => JSON.parse(readFileSync(path, 'utf8')) as unknown };
}

test('which registry a server is', (t) => {
  for (const hub of [undefined, '', 'docker.io', 'index.docker.io', 'https://index.docker.io/v1/']) t.is(registryOf(hub), 'docker.io');
  t.is(registryOf('https://r.example:5000/v2/'), 'r.example:5000');
});

test('a login is written beside what is there, for its owner alone', async (t) => {
  const { environment, path, read } = configOf(t, { auths: { other: { auth: 'eA==' } }, HttpHeaders: { a: 'b' } });
  chmodSync(path, 0o644);
  await storeCredentials('r.example', ME, environment);
  t.deepEqual(read(), { auths: { other: { auth: 'eA==' }, 'r.example': { auth: btoa('me:geheim') } }, HttpHeaders: { a: 'b' } });
  t.is(statSync(path).mode & 0o777, 0o600);
  t.deepEqual(readdirSync(dirname(path)), ['config.json']);
});

test('the file may be empty, missing with its folder, or behind a link', async (t) => {
  const hub = { auths: { 'https://index.docker.io/v1/': { auth: btoa('me:geheim') } } };
  const empty = configOf(t, '');
  await storeCredentials('docker.io', ME, empty.environment);
  t.deepEqual(empty.read(), hub);

  const folder = join(dirname(empty.path), 'new');
  await storeCredentials('docker.io', ME, { DOCKER_CONFIG: folder });
  t.is(statSync(folder).mode & 0o777, 0o700);

  const link = join(folder, 'config.json');
  rmSync(link);
  symlinkSync(empty.path, link);
  await storeCredentials('r.example', ME, { DOCKER_CONFIG: folder });
  t.true(lstatSync(link).isSymbolicLink());
  t.deepEqual(empty.read(), { auths: { ...hub.auths, 'r.example': { auth: btoa('me:geheim') } } });
});

test('a damaged file stays as it is', async (t) => {
  const { environment, path } = configOf(t, '{"auths": geheim');
  const error = await t.throwsAsync(storeCredentials('r.example', ME, environment));
  t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
  t.false(error.message.includes('geheim'));
  t.is(readFileSync(path, 'utf8'), '{"auths": geheim');
});

test('what a helper keeps is named in the file, and nothing more', async (t) => {
  const { environment, read } = configOf(t, { credHelpers: { 'r.example': 'test' } });
  const asked: string[] = [];
  let kept = '';
  const helper: HelperRunner = (program, verb, input) => {
    asked.push(`${program} ${verb}`);
    if (verb === 'store') kept = input;
    if (verb === 'erase') kept = '';
    const stdout = verb === 'get' ? kept || 'credentials not found in native keychain' : '';
    return Promise.resolve({ exitCode: verb === 'get' && kept === '' ? 1 : 0, stdout });
  };
  t.is(credentialsPlace('r.example', environment).helper, 'test');
  await storeCredentials('r.example', ME, environment, helper);
  t.deepEqual(JSON.parse(kept), { ServerURL: 'r.example', Username: 'me', Secret: 'geheim' });
  t.deepEqual(read(), { credHelpers: { 'r.example': 'test' }, auths: { 'r.example': {} } });
  t.deepEqual(await readCredentials('r.example', environment, helper), ME);
  t.true(await eraseCredentials('r.example', environment, helper));
  t.is(kept, '');
  t.deepEqual(read(), { credHelpers: { 'r.example': 'test' }, auths: {} });
  t.false(await eraseCredentials('r.example', environment, helper));
  t.deepEqual([...new Set(asked)].toSorted(), ['get', 'store', 'erase'].map((verb) => `docker-credential-test ${verb}`).toSorted());
  const broken: HelperRunner = () => Promise.resolve({ exitCode: 3, stdout: 'geheim' });
  await t.throwsAsync(storeCredentials('r.example', ME, environment, broken), {
    message: 'error storing credentials with docker-credential-test: it ended with 3',
  });
});

test('every name that Docker gave a registry is forgotten', async (t) => {
  const auths = { 'r.example': {}, 'https://r.example': {}, 'http://r.example/v1/': {}, other: {} };
  const { environment, read } = configOf(t, { auths });
  t.true(await eraseCredentials('r.example', environment));
  t.deepEqual(read(), { auths: { other: {} } });
  t.false(await eraseCredentials('r.example', environment));
});

test('logins of several processes at once: none is lost', async (t) => {
  const { environment, read } = configOf(t, {});
  const module = join(import.meta.dirname, '../../../src/image/registry/login.ts');
  const script = `import { storeCredentials } from ${JSON.stringify(module)};
    for (let n = 0; n < 5; n++) await storeCredentials(process.argv[1] + n, { username: 'u', password: 'p' }, process.env);`;
  const processes = ['a', 'b', 'c'].map((name) =>
    mustRun(process.execPath, ['--input-type=module-typescript', '--eval', script, name], { environment }),
  );
  await Promise.all(processes);
  t.is(Object.keys((read() as { auths: object }).auths).length, 15);
});

test('a token server hears the password and gives a token to keep in its place', async (t) => {
  const tokens = await startFakeRegistry(t);
  const seen: string[] = [];
  tokens.fault(
    /token/,
    (request, response) => {
      seen.push(request.url ?? '');
      const good = request.headers.authorization === `Basic ${btoa('me:geheim')}`;
      response.writeHead(good ? 200 : 401, { 'Content-Type': 'application/json' });
      response.end(good ? '{"token":"t1","refresh_token":"r1"}' : '{}');
    },
    9,
  );
  const registry = await startFakeRegistry(t, {
    guard(request, response) {
      if (request.headers.authorization === 'Bearer t1') return response.writeHead(200).end() !== undefined;
      response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="${tokens.url}/token",service="s"` }).end();
      return true;
    },
  });
  const options = registryOptions({ environment: {}, certificateDirectories: [], times: { tries: 1, answer: 120_000 } });
  t.deepEqual(await checkLogin(registry.host, ME, options), { username: 'me', password: '', identityToken: 'r1' });
  t.is(seen[0], '/token?service=s&account=me&offline_token=true&client_id=tsrun');
  const error = await t.throwsAsync(checkLogin(registry.host, { ...ME, password: 'falsch' }, options));
  t.regex(error.message, /unauthorized: incorrect username or password$/);
  t.false(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('falsch'));
});

test('a server that is no registry', async (t) => {
  const registry = await startFakeRegistry(t);
  registry.fault(/./, faults.html(404), 9);
  const options = registryOptions({ environment: {}, certificateDirectories: [], times: { tries: 1, answer: 120_000 } });
  await t.throwsAsync(checkLogin(registry.host, ME, options), { message: /web page \(HTML\); is it a registry\?$/ });
});
