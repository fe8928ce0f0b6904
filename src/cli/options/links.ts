/** `--link`. Source of the grammar: docker/cli, opts/opts.go. */
import type { RequestedLink } from '../../model/run-request.ts';

/** `web`, `web:alias`; and `/web:/parent/alias`, as inspections write it. @throws Error in Docker's words */
export function parseLink(text: string): RequestedLink {
  if (text === '') throw new Error('empty string specified for links');
  const [target = '', alias, more] = text.split(':');
  // A blank would make several words of it in the hosts file.
  if (more !== undefined || /\s/.test(text)) throw new Error(`bad format for links: ${text}`);
  if (alias === undefined || alias === '') return { target, alias: target };
  return target.startsWith('/') ? { target: target.slice(1), alias: alias.split('/').at(-1) ?? '' } : { target, alias };
}
