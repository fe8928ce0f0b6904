import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readCredentials, type Credentials, type HelperRunner } from '../../../src/image/registry/credentials.ts';
import { runHelper } from '../../../src/image/registry/helper.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { dockerConfig } from '../../helpers/registry-login.ts';

const AUTH = Buffer.from('me:pa:ss').toString('base64');
const nobody: HelperRunner = () => Promise.resolve({ exitCode: 99, stdout: '' });
const read = (t: ExecutionContext, config: unknown, domain: string, helper: HelperRunner = nobody): Promise<Credentials | undefined> =>
  readCredentials(domain, dockerConfig(t, config), helper);

test('auths, under the keys Docker has written through the years', async (t) => {
  for (const key of ['r.example:5000', 'https://r.example:5000', 'https://r.example:5000/v1/', 'http://r.example:5000/v2/']) {
    t.deepEqual(await read(t, { auths: { [key]: { auth: AUTH } } }, 'r.example:5000'), { username: 'me', password: 'pa:ss' }, key);
  }
  t.deepEqual(await read(t, { auths: { 'https://index.docker.io/v1/': { auth: AUTH } } }, 'docker.io'), {
    username: 'me',
    password: 'pa:ss',
  });
});

test('another host has none, and no file is no failure', async (t) => {
  t.is(await read(t, { auths: { 'r.example': { auth: AUTH } } }, 'other.example'), undefined);
  t.is(await read(t, { auths: { 'r.example': {} } }, 'r.example'), undefined);
  t.is(await readCredentials('r.example', { DOCKER_CONFIG: '/nonexistent' }, nobody), undefined);
});

test('tokens', async (t) => {
  const config = { auths: { a: { identitytoken: 'i' }, b: { registrytoken: 'r' }, c: { username: 'u', password: 'p' } } };
  t.like(await read(t, config, 'a'), { identityToken: 'i' });
  t.like(await read(t, config, 'b'), { registryToken: 'r' });
  t.like(await read(t, config, 'c'), { username: 'u', password: 'p' });
});

test('a damaged file is named, and not quoted', async (t) => {
  const error = await t.throwsAsync(read(t, '{"auths": {"x": {"auth": "c2VjcmV0"', 'x'));
  t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
  t.regex(error.message, /config\.json is not JSON$/);
  t.is(error.cause, undefined);
});

test('helpers: one for a host before the one for all, and what they may say', async (t) => {
  const asked: string[] = [];
  const helper: HelperRunner = (program, verb, input) => {
    asked.push(`${program} ${verb} ${input.trim()}`);
    return Promise.resolve({ exitCode: 0, stdout: '{"ServerURL":"x","Username":"u","Secret":"s"}' });
  };
  const config = { credsStore: 'all', credHelpers: { 'r.example': 'one' } };
  t.deepEqual(await read(t, config, 'r.example', helper), { username: 'u', password: 's' });
  t.deepEqual(await read(t, config, 'docker.io', helper), { username: 'u', password: 's' });
  t.deepEqual(asked, ['docker-credential-one get r.example', 'docker-credential-all get https://index.docker.io/v1/']);
  const token: HelperRunner = () => Promise.resolve({ exitCode: 0, stdout: '{"Username":"<token>","Secret":"refresh"}' });
  t.like(await read(t, config, 'r.example', token), { identityToken: 'refresh' });
  const none: HelperRunner = () => Promise.resolve({ exitCode: 1, stdout: 'credentials not found in native keychain\n' });
  t.is(await read(t, config, 'r.example', none), undefined);
  const broken: HelperRunner = () => Promise.resolve({ exitCode: -1, stdout: '' });
  await t.throwsAsync(read(t, config, 'r.example', broken), {
    message: 'error getting credentials from docker-credential-one: it could not be run',
  });
  await t.throwsAsync(read(t, { credsStore: '../x' }, 'r.example', helper), { message: /not a name of a program/ });
});

test('a helper is run with the key on its stdin', async (t) => {
  const { DOCKER_CONFIG: directory = '' } = dockerConfig(t, {});
  const program = join(directory, 'docker-credential-test');
  writeFileSync(program, '#!/bin/sh\nread key; echo "{\\"Username\\":\\"$key\\",\\"Secret\\":\\"$1\\"}"\n');
  chmodSync(program, 0o755);
  t.deepEqual(await runHelper(program, 'get', 'host\n'), { exitCode: 0, stdout: '{"Username":"host","Secret":"get"}\n' });
  t.is((await runHelper(join(directory, 'nosuch'), 'get', 'host')).exitCode, -1);
});
