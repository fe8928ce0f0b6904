/** `tsrun logout`: forget a login. */
import { credentialsKey } from '../../image/registry/credentials.ts';
import { eraseCredentials, registryOf } from '../../image/registry/login.ts';
import type { Command } from '../command.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[SERVER]',
  summary: 'Log out from a registry',
  flags: [],
  words: { least: 0, most: 1 },
  async run({ words }) {
    const domain = registryOf(words[0]);
    // Docker says so too where there is none to remove.
    writeOut(`Removing login credentials for ${credentialsKey(domain)}\n`);
    await eraseCredentials(domain, process.env);
    return 0;
  },
};
