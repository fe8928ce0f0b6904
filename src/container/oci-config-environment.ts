/** The environment of a container's first process. */
import type { ContainerConfig } from '../model/container.ts';

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Docker's order: PATH, HOSTNAME, TERM with a terminal, then the image's and the user's; one that has a name from above takes its
 * place. What links tell stands before those. HOME comes last, where nobody gave it. A name without `=` takes one away.
 */
export function environmentConfig(config: ContainerConfig, home: string, links: readonly string[] = []): string[] {
  const variables = new Map<string, string>();
  const defaults = [DEFAULT_PATH, `HOSTNAME=${config.hostname}`, ...(config.terminal ? ['TERM=xterm'] : [])];
  for (const entry of [...defaults, ...links, ...config.environment]) {
    const equals = entry.indexOf('=', 1);
    if (equals === -1) variables.delete(entry);
    else variables.set(entry.slice(0, equals), entry);
  }
  const environment = [...variables.values()];
  return variables.has('HOME') ? environment : [...environment, `HOME=${home}`];
}
