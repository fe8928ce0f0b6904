/** The mounts of a container, in Docker's order and with Docker's options. */
import { TsrunError } from '../model/errors.ts';
import type { ResolvedMount } from '../model/resolved-mount.ts';
import type { OciMount } from '../oci-spec/runtime.ts';
import type { OciConfigInput } from './oci-config-input.ts';

/** Made by the kernel or by us, so they stay writable with a read-only root. */
const WRITABLE = new Set(['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue']);

/** All of `mounts`: the root overlay, the file systems every container has, then the user's and the engine's files, shallow before deep. */
export function mountConfig(input: OciConfigInput): OciMount[] {
  const wanted = input.mounts.map((mount) => (mount.type === 'bind' ? bindMount(mount, input) : tmpfsMount(mount)));
  const taken = new Set(wanted.map(({ destination }) => destination));
  const defaults = defaultMounts(input).filter(
    ({ destination }) => !taken.has(destination) && !(taken.has('/dev') && destination.startsWith('/dev/')),
  );
  const own = [...engineFiles(input), ...sharedMemoryBind(input)].filter(({ destination }) => !taken.has(destination));
  const rest = [...wanted, ...own].toSorted((one, other) => depth(one) - depth(other));
  return [rootMount(input), ...defaults, ...rest];
}

function depth({ destination }: OciMount): number {
  return destination.split('/').filter((part) => part !== '').length;
}

/**
 * The root as an overlay: names in `lowerdir` are relative to `directory`, so that a hundred layers fit mount(2)'s one page.
 * What is removed at its end need not reach the disk first: `volatile` (the kernel's filesystems/overlayfs.rst) spares it each sync.
 * Without an `index`, as Docker's, whatever this kernel's default: with one, it refuses a writable layer whose init layer was made anew.
 */
function rootMount({ overlay, config }: OciConfigInput): OciMount {
  const lower = overlay.lower.map((name) => name.replaceAll(/[\\:]/g, String.raw`\$&`)).join(':');
  const options = [
    `directory=${overlay.directory}`,
    `lowerdir=${lower}`,
    `upperdir=${overlay.upper}`,
    `workdir=${overlay.work}`,
    'index=off',
  ];
  if (config.removeOnExit) options.push('volatile');
  return { destination: '/', type: 'overlay', source: 'overlay', options };
}

function defaultMounts({ config }: OciConfigInput): OciMount[] {
  const ro = config.privileged ? [] : ['ro'];
  const mounts: OciMount[] = [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', ...ro] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...ro, 'nosuid', 'noexec', 'nodev'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  ];
  if (config.ipc === 'private' || config.ipc === 'shareable') {
    const options = ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${config.shmSize}`];
    mounts.push({ destination: '/dev/shm', type: 'tmpfs', source: 'shm', options });
  }
  if (!config.readOnlyRoot) return mounts;
  return mounts.map((mount) =>
    WRITABLE.has(mount.destination) || mount.options?.includes('ro') === true
      ? mount
      : { ...mount, options: [...(mount.options ?? []), 'ro'] },
  );
}

/** With another's IPC namespace comes its /dev/shm. `--ipc none` has none at all. */
function sharedMemoryBind({ config, joined }: OciConfigInput): OciMount[] {
  const source = config.ipc === 'host' ? '/dev/shm' : config.ipc.startsWith('container:') ? joined?.shm : undefined;
  return source === undefined ? [] : [{ destination: '/dev/shm', type: 'bind', source, options: ['rbind', 'rprivate'] }];
}

function engineFiles({ config, files }: OciConfigInput): OciMount[] {
  const sources = [
    ['/etc/resolv.conf', files.resolvConf],
    ['/etc/hostname', files.hostname],
    ['/etc/hosts', files.hosts],
  ] as const;
  const options = ['rbind', ...(config.readOnlyRoot ? ['ro'] : []), 'rprivate'];
  return sources.flatMap(([destination, source]) => (source === undefined ? [] : [{ destination, type: 'bind', source, options }]));
}

function bindMount(mount: Extract<ResolvedMount, { type: 'bind' }>, { host }: OciConfigInput): OciMount {
  const recursive = mount.below !== 'unbound';
  const ro = mount.below === undefined && host.recursiveReadOnly ? 'rro' : 'ro';
  const options = [recursive ? 'rbind' : 'bind', ...(mount.readOnly ? [ro] : []), mount.propagation ?? 'rprivate'];
  return { destination: mount.target, type: 'bind', source: mount.source, options };
}

const OPPOSITES: Readonly<Record<string, string>> = {
  exec: 'noexec',
  suid: 'nosuid',
  dev: 'nodev',
  rw: 'ro',
  async: 'sync',
  atime: 'noatime',
  diratime: 'nodiratime',
  norelatime: 'relatime',
  nostrictatime: 'strictatime',
};
const TMPFS_FLAGS = new Set(['defaults', ...Object.entries(OPPOSITES).flat()]);
const TMPFS_DATA = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol']);

/** `--tmpfs`: Docker's noexec, nosuid and nodev unless they are taken back. Throws INVALID_ARGUMENT for an option tmpfs has not. */
function tmpfsMount(mount: Extract<ResolvedMount, { type: 'tmpfs' }>): OciMount {
  const asked = mount.options.split(',').filter((option) => option !== '');
  const unknown = asked.find((option) => !TMPFS_FLAGS.has(option) && !TMPFS_DATA.has(option.split('=')[0] ?? ''));
  if (unknown !== undefined)
    throw new TsrunError('INVALID_ARGUMENT', `invalid tmpfs option [${JSON.stringify(unknown)}]`, { path: mount.target });
  const kept = ['noexec', 'nosuid', 'nodev'].filter((option) => !asked.some((each) => each === option || OPPOSITES[each] === option));
  const options = [...kept, 'rprivate', ...asked.filter((option) => option !== 'defaults')];
  if (mount.readOnly === true && !options.includes('ro')) options.push('ro');
  return { destination: mount.target, type: 'tmpfs', source: 'tmpfs', options };
}
