/** `--sysctl`, and the two that Docker sets in every network of a container's own. */
import { TsrunError } from '../model/errors.ts';
import type { ContainerConfig } from '../model/container.ts';
import { IPC_SYSCTLS } from '../oci-spec/sysctls.ts';

/** `linux.sysctl`. Throws INVALID_ARGUMENT in Docker's words for one that is no namespace's own. */
export function sysctlConfig(config: ContainerConfig): Record<string, string> {
  const sysctls: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.sysctls)) {
    if (!IPC_SYSCTLS.has(name) && !name.startsWith('net.') && !name.startsWith('fs.mqueue.')) {
      throw new TsrunError('INVALID_ARGUMENT', `sysctl '${name}=${value}' is not allowed`, { step: 2 });
    }
    sysctls[name] = value;
  }
  if (config.network.type === 'host' || config.network.type === 'container') return sysctls;
  // Any user may bind low ports and ping: the network is the container's alone.
  return { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647', ...sysctls };
}
