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
    const name = credentialsKey(domain);
    const wasThere = await eraseCredentials(domain, process.env);
    writeOut(wasThere ? `Removing login credentials for ${name}\n` : `Not logged in to ${name}\n`);
    return 0;
  },
};
