/** `linux.sysctl` as writes to the container's /proc/sys: only of those that belong to a namespace of the container's own. */
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import { IPC_SYSCTLS } from '../oci-spec/sysctls.ts';
import type { Namespaces } from './namespaces.ts';

/** One write for each sysctl. Throws INVALID_ARGUMENT (in runc's words) for one that is the host's. */
export function sysctlOperations(sysctls: Readonly<Record<string, string>>, namespaces: Namespaces): PlanOperation[] {
  return Object.entries(sysctls).map(([name, value]) => {
    const key = dotted(name);
    const problem = hostOwned(key, namespaces);
    if (problem !== undefined) throw new TsrunError('INVALID_ARGUMENT', problem, { step: 6, path: `linux.sysctl.${name}` });
    return { op: 'writeFile', path: `/proc/sys/${pathOf(key)}`, data: value };
  });
}

/** A name with dots between its parts, as sysctl(8) reads both `net.ipv4.conf.eth0/1.x` and `net/ipv4/conf/eth0.1/x`. */
function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  return separator === '/' ? name.replaceAll(/[./]/g, (letter) => (letter === '/' ? '.' : '/')) : name;
}

function pathOf(key: string): string {
  const path = key.replaceAll(/[./]/g, (letter) => (letter === '.' ? '/' : '.'));
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new TsrunError('INVALID_ARGUMENT', `sysctl ${JSON.stringify(key)} is not a name of a sysctl`);
  }
  return path;
}

function hostOwned(key: string, namespaces: Namespaces): string | undefined {
  const name = JSON.stringify(key);
  if (IPC_SYSCTLS.has(key) || key.startsWith('fs.mqueue.')) {
    return namespaces.has('ipc') ? undefined : `sysctl ${name} is not allowed in the hosts ipc namespace`;
  }
  if (key.startsWith('net.')) return namespaces.has('network') ? undefined : `sysctl ${name} not allowed in host network namespace`;
  if (key === 'kernel.domainname') return namespaces.has('uts') ? undefined : `sysctl ${name} not allowed in host UTS namespace`;
  if (key === 'kernel.hostname') return `sysctl ${name} is not allowed as it conflicts with the OCI "hostname" field`;
  return `sysctl ${name} is not in a separate kernel namespace`;
}
