/** `--sysctl`, and the two that Docker sets in every network of a container's own. */
import { TsrunError } from '../model/errors.ts';
import type { ContainerConfig } from '../model/container.ts';

/** What belongs to an IPC namespace, beside fs.mqueue.*; net.* belongs to the network's. */
const ALLOWED = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** `linux.sysctl`. Throws INVALID_ARGUMENT in Docker's words for one that is no namespace's own. */
export function sysctlConfig(config: ContainerConfig): Record<string, string> {
  const sysctls: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.sysctls)) {
    if (!ALLOWED.has(name) && !name.startsWith('net.') && !name.startsWith('fs.mqueue.')) {
      throw new TsrunError('INVALID_ARGUMENT', `sysctl '${name}=${value}' is not allowed`, { step: 2 });
    }
    sysctls[name] = value;
  }
  if (config.network.type === 'host' || config.network.type === 'container') return sysctls;
  // Any user may bind low ports and ping: the network is the container's alone.
  return { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647', ...sysctls };
}
