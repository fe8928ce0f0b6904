/** `--restart`. Source of rules and words: docker/cli, opts/parse.go; moby, daemon/container.go. */
import type { RestartPolicy } from '../../model/container.ts';
import { refused } from './refusal.ts';

const NAMES = ['no', 'on-failure', 'always', 'unless-stopped'] as const;

/** `on-failure:3` -> a policy. @throws Error in Docker's words */
export function parseRestart(text: string | undefined): RestartPolicy {
  if (text === undefined || text === '') return { name: 'no', maximumRetries: 0 };
  const [word = '', count, ...rest] = text.split(':');
  if (rest.length > 0) throw new Error('invalid restart policy format');
  if (count !== undefined && !/^[+-]?\d+$/.test(count)) throw new Error('maximum retry count must be an integer');
  const maximumRetries = Number(count ?? 0);
  const name = NAMES.find((each) => each === word);
  if (name === undefined) throw refused(`invalid restart policy '${word}'`);
  if (name !== 'on-failure' && maximumRetries !== 0) throw refused(`maximum retry count cannot be used with restart policy '${name}'`);
  if (maximumRetries < 0) throw refused('maximum retry count cannot be negative');
  return { name, maximumRetries };
}
