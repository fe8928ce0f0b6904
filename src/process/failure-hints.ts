/** What to do about an operation that failed, where we know more than the errno says. */
import type { PlanOperation } from '../model/plan.ts';
import { rlimitName } from './rlimits.ts';

const RESOURCE = 'CAP_SYS_RESOURCE, which root does not have here (CapBnd in /proc/self/status)';

/** One or two sentences, or undefined where the errno's own meaning is all there is to say. */
export function hintFor(operation: PlanOperation | { op: 'clone' }, errno: string): string | undefined {
  const refused = errno === 'EPERM' || errno === 'EACCES';
  switch (operation.op) {
    case 'clone':
      return cloneHint(errno);
    case 'setRlimit': {
      if (!refused) return undefined;
      const name = rlimitName(operation.resource);
      return `Raising ${name} above what tsrun itself has (\`ulimit -H\`) takes ${RESOURCE}. Ask for less with --ulimit.`;
    }
    case 'setOomScore':
      return refused ? `A lower score than tsrun's own takes ${RESOURCE}.` : undefined;
    case 'openTree':
      return errno === 'ENOENT' ? `${operation.path} does not exist on the host.` : undefined;
    case 'mount':
      return mountHint(operation, errno);
    case 'mountOverlay':
      return overlayHint(errno);
    case 'moveMount':
      if (errno === 'EROFS') return `${operation.target} is missing in the image, and can't be made on a read-only file system.`;
      return errno === 'ELOOP' ? link(operation.target) : errno === 'EXDEV' ? intoProc(operation.target) : undefined;
    case 'maskPath':
    case 'readonlyPath':
    case 'openDevice':
      return errno === 'ELOOP' ? link(operation.path) : undefined;
    case 'changeDirectory':
      return errno === 'EXDEV' ? `${operation.path} leads out of the container, through a descriptor of the engine's own.` : undefined;
    case 'joinSessionKeyring':
      if (errno === 'EDQUOT')
        return 'A limit on keys is reached: root_maxkeys and root_maxbytes in /proc/sys/kernel/keys, or maxkeys and maxbytes.';
      return refused ? 'A seccomp filter that tsrun itself is under forbids keyctl(2): is it in a container?' : undefined;
    case 'openPidfd':
      return errno === 'ESRCH' ? 'The container has ended.' : undefined;
    case 'setns':
      if (errno === 'ESRCH' || errno === 'EINVAL' || errno === 'ENOMEM') return 'The process whose namespaces were to be joined has ended.';
      return refused ? 'It belongs to another user namespace, in which tsrun has no rights.' : undefined;
    case 'limitBounding':
    case 'setCapabilities':
      return refused ? 'The container was to get a capability that root does not have here (CapBnd in /proc/self/status).' : undefined;
    case 'seccomp':
      return errno === 'EINVAL' ? 'The kernel refuses the compiled seccomp filter: it is empty, too long, or malformed.' : undefined;
    case 'makeNode':
      return refused ? 'The cgroup of tsrun itself may not make device nodes, or this is a user namespace.' : undefined;
    case 'writeFile':
      return writeHint(operation.path, errno);
    default:
      return undefined;
  }
}

function link(path: string): string {
  return `${path} is a symbolic link in the image: that is how an image would lead the engine elsewhere.`;
}

function intoProc(path: string): string {
  return `A symbolic link in the container's root leads ${path} into /proc, where nothing may be mounted.`;
}

function cloneHint(errno: string): string | undefined {
  if (errno === 'EPERM') return 'New namespaces take root (CAP_SYS_ADMIN).';
  if (errno === 'ENOSPC' || errno === 'EUSERS') return 'A limit on namespaces is reached: see /proc/sys/user/max_*_namespaces.';
  if (errno === 'EAGAIN') return 'A limit on processes is reached: pids.max of a cgroup, RLIMIT_NPROC or kernel.pid_max.';
  if (errno === 'EBUSY') return 'The cgroup v2 directory hands controllers on to others below, so it may hold no process itself.';
  return errno === 'ENOMEM' ? 'The PID namespace to be joined has ended, or memory is out.' : undefined;
}

function mountHint(operation: Extract<PlanOperation, { op: 'mount' }>, errno: string): string | undefined {
  const { type, target } = operation;
  if (errno === 'ENODEV') return `This kernel has no file system ${type} (see /proc/filesystems).`;
  if (errno === 'ELOOP') return link(target);
  if (errno === 'EXDEV') return intoProc(target);
  if (errno === 'EROFS') return `${target} is missing in the image, and can't be made on a read-only file system.`;
  if (errno === 'EPERM' && type === 'sysfs')
    return 'sysfs takes rights over the network namespace: it must belong to the same user namespace.';
  if (errno === 'EINVAL') return `The kernel does not accept an option of ${type}, or the target.`;
  return undefined;
}

function overlayHint(errno: string): string | undefined {
  if (errno === 'ENODEV') return 'This kernel has no overlay file system: load the module with `modprobe overlay`.';
  if (errno === 'EINVAL')
    return 'The data root may lie on a file system that overlay does not take as its writable layer (an overlay itself, NFS): choose another with --root.';
  if (errno === 'ENOENT') return 'A layer of the image is missing from the data root.';
  return errno === 'ESTALE' ? 'The writable layer was used with another image.' : undefined;
}

function writeHint(path: string, errno: string): string | undefined {
  if (path.startsWith('/proc/sys/')) {
    const name = path.slice('/proc/sys/'.length).replaceAll('/', '.');
    if (errno === 'ENOENT') return `This kernel has no sysctl ${name}.`;
    if (errno === 'EINVAL') return `The kernel does not accept this value for ${name}.`;
  }
  if (/\/(cgroup\.procs|tasks)$/.test(path) && errno === 'ENOSPC')
    return 'A cpuset cgroup needs cpuset.cpus and cpuset.mems before it takes a process.';
  return undefined;
}
