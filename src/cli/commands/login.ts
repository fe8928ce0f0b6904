/** `tsrun login`: check a name and a password with a registry, and keep them. */
import { readFileSync } from 'node:fs';
import { runHelperLazily } from '../../image/registry/connect.ts';
import { credentialsKey, readCredentials, type Credentials } from '../../image/registry/credentials.ts';
import { checkLogin, credentialsPlace, registryOf, storeCredentials } from '../../image/registry/login.ts';
import { registryOptions, type RegistryOptions } from '../../image/registry/options.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { writeError, writeOut } from '../output.ts';
import { canAsk, openPrompt, type Prompt } from '../prompt.ts';

const STDIN = 0;

export const command: Command = {
  usage: '[OPTIONS] [SERVER]',
  summary: 'Log in to a registry',
  flags: [
    { name: 'password', short: 'p', value: 'string', help: 'Password' },
    { name: 'password-stdin', help: 'Take the password from stdin' },
    { name: 'username', short: 'u', value: 'string', help: 'Username' },
  ],
  words: { least: 0, most: 1 },
  async run({ options, flags, words }) {
    const given = givenCredentials(flags.word('username'), flags.word('password'), flags.flag('password-stdin'));
    const domain = registryOf(words[0]);
    const registry = registryOptions({ insecureRegistries: options.insecureRegistries });
    const isUntold = given.username === '' && given.password === '';
    const stored = isUntold ? await readCredentials(domain, registry.environment, runHelperLazily) : undefined;
    const kept =
      (stored?.username && stored.password ? await tryStored(domain, stored, registry) : undefined) ??
      (await checkLogin(domain, await complete(given, domain, stored?.username ?? ''), registry));
    const place = credentialsPlace(domain, registry.environment);
    await storeCredentials(domain, kept, registry.environment);
    if (place.helper === undefined) writeError(storageWarning(place.path));
    writeOut('Login Succeeded\n');
    return 0;
  },
};

interface Login {
  username: string;
  password: string;
}

/** What the flags say; '' is untold. @throws TsrunError in Docker's words */
function givenCredentials(username = '', password = '', fromStdin: boolean): Login {
  if (password !== '') {
    writeError('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    if (fromStdin) throw new TsrunError('INVALID_ARGUMENT', '--password and --password-stdin are mutually exclusive');
  }
  if (!fromStdin) return { username, password };
  if (username === '') throw new TsrunError('INVALID_ARGUMENT', 'Must provide --username with --password-stdin');
  const text = readFileSync(STDIN, 'utf8').replace(/\r?\n$/, '');
  return { username, password: text };
}

/** A login that is kept already may still be good. */
async function tryStored(domain: string, stored: Credentials, registry: RegistryOptions): Promise<Credentials | undefined> {
  writeOut('Authenticating with existing credentials...\n');
  try {
    return await checkLogin(domain, stored, registry);
  } catch (error) {
    if (!isTsrunError(error)) throw error;
    writeError(
      error.code === 'UNAUTHORIZED' ? 'Stored credentials invalid or expired\n' : `Login did not succeed, error: ${error.message}\n`,
    );
    return undefined;
  }
}

/** Ask for what is missing. @throws TsrunError in Docker's words when nobody can be asked, or nothing is said */
async function complete(given: Login, domain: string, usual: string): Promise<Login> {
  if (given.password === '' && !canAsk()) {
    throw new TsrunError('INVALID_ARGUMENT', 'Cannot perform an interactive login from a non TTY device', {
      hint: 'give the password on stdin, with --username and --password-stdin',
    });
  }
  if (given.username.trim() !== '' && given.password !== '') return { username: given.username.trim(), password: given.password };
  const prompt = openPrompt();
  try {
    const username = given.username.trim() || (await askUsername(prompt, domain, usual));
    if (username === '') throw new TsrunError('INVALID_ARGUMENT', 'Non-null Username Required');
    const password = given.password === '' ? await prompt.ask('Password: ', false) : given.password;
    if (password === '') throw new TsrunError('INVALID_ARGUMENT', 'Password Required');
    return { username, password };
  } finally {
    prompt.close();
  }
}

async function askUsername(prompt: Prompt, domain: string, usual: string): Promise<string> {
  if (domain === 'docker.io') writeOut(`Login with your Docker ID to push and pull images from Docker Hub (${credentialsKey(domain)}).\n`);
  return (await prompt.ask(usual === '' ? 'Username: ' : `Username (${usual}): `, true)).trim() || usual;
}

function storageWarning(path: string): string {
  return `WARNING! Your password will be stored unencrypted in ${path}.
Configure a credential helper to remove this warning. See
https://docs.docker.com/engine/reference/commandline/login/#credentials-store

`;
}
