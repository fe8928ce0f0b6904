/** The flags of `run` and `create`, in the help's order, with the checks Docker makes while it reads them. */
import { integer, type Flag } from '../flags.ts';
import { parseSize } from '../../model/size.ts';
import { checkAddress, checkDnsSearch, checkExtraHost } from './addresses.ts';
import { checkDuration } from './health.ts';
import { checkEnvironment, checkLabel } from './key-values.ts';
import { parseMount } from './mount-flag.ts';
import { checkAttach, checkContentTrust, checkDeviceRule, checkSysctl, parseCpus, parseMemorySwap, parseUlimit } from './values.ts';

const given: readonly Flag[] = [
  { name: 'add-host', value: 'list', help: 'Add a custom host-to-IP mapping (host:ip)', check: checkExtraHost },
  { name: 'attach', short: 'a', value: 'list', help: 'Attach to STDIN, STDOUT or STDERR', check: checkAttach },
  { name: 'cap-add', value: 'list', help: 'Add Linux capabilities' },
  { name: 'cap-drop', value: 'list', help: 'Drop Linux capabilities' },
  { name: 'cgroupns', value: 'string', help: "Cgroup namespace to use (host|private); 'private' is the default" },
  { name: 'cidfile', value: 'string', help: 'Write the container ID to the file' },
  { name: 'cpu-shares', short: 'c', value: 'int', help: 'CPU shares (relative weight)', check: integer },
  { name: 'cpus', value: 'decimal', help: 'Number of CPUs', check: parseCpus },
  { name: 'cpuset-cpus', value: 'string', help: 'CPUs in which to allow execution (0-3, 0,1)' },
  { name: 'cpuset-mems', value: 'string', help: 'MEMs in which to allow execution (0-3, 0,1)' },
  { name: 'device', value: 'list', help: 'Add a host device to the container' },
  { name: 'device-cgroup-rule', value: 'list', help: 'Add a rule to the cgroup allowed devices list', check: checkDeviceRule },
  { name: 'disable-content-trust', help: 'Skip image verification (default true)', hidden: true, check: checkContentTrust },
  { name: 'dns', value: 'list', help: 'Set custom DNS servers', check: checkAddress },
  { name: 'dns-option', alias: 'dns-opt', value: 'list', help: 'Set DNS options' },
  { name: 'dns-search', value: 'list', help: 'Set custom DNS search domains', check: checkDnsSearch },
  { name: 'domainname', value: 'string', help: 'Container NIS domain name' },
  { name: 'entrypoint', value: 'string', help: 'Overwrite the default ENTRYPOINT of the image' },
  { name: 'env', short: 'e', value: 'list', help: 'Set environment variables', check: checkEnvironment },
  { name: 'env-file', value: 'list', help: 'Read in a file of environment variables' },
  { name: 'expose', value: 'list', help: 'Expose a port or a range of ports' },
  { name: 'group-add', value: 'list', help: 'Add additional groups to join' },
  { name: 'health-cmd', value: 'string', help: 'Command to run to check health' },
  { name: 'health-interval', value: 'duration', help: 'Time between running the check (ms|s|m|h) (default 0s)', check: checkDuration },
  { name: 'health-retries', value: 'int', help: 'Consecutive failures needed to report unhealthy', check: integer },
  {
    name: 'health-start-period',
    value: 'duration',
    help: 'Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)',
    check: checkDuration,
  },
  {
    name: 'health-timeout',
    value: 'duration',
    help: 'Maximum time to allow one check to run (ms|s|m|h) (default 0s)',
    check: checkDuration,
  },
  { name: 'hostname', short: 'h', value: 'string', help: 'Container host name' },
  { name: 'init', help: 'Run an init inside the container that forwards signals and reaps processes' },
  { name: 'interactive', short: 'i', help: 'Keep STDIN open even if not attached' },
  { name: 'ipc', value: 'string', help: 'IPC mode to use' },
  { name: 'label', short: 'l', value: 'list', help: 'Set meta data on a container', check: checkLabel },
  { name: 'label-file', value: 'list', help: 'Read in a line delimited file of labels' },
  { name: 'log-driver', value: 'string', help: 'Logging driver for the container' },
  { name: 'log-opt', value: 'list', help: 'Log driver options' },
  { name: 'mac-address', value: 'string', help: 'Container MAC address (e.g., 92:d0:c6:0a:29:33)' },
  { name: 'memory', short: 'm', value: 'bytes', help: 'Memory limit', check: parseSize },
  { name: 'memory-reservation', value: 'bytes', help: 'Memory soft limit', check: parseSize },
  {
    name: 'memory-swap',
    value: 'bytes',
    help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    check: parseMemorySwap,
  },
  { name: 'mount', value: 'mount', help: 'Attach a filesystem mount to the container', check: parseMount },
  { name: 'name', value: 'string', help: 'Assign a name to the container' },
  { name: 'network', alias: 'net', value: 'network', help: 'Connect a container to a network' },
  { name: 'no-healthcheck', help: 'Disable any container-specified HEALTHCHECK' },
  { name: 'oom-kill-disable', help: 'Disable OOM Killer' },
  { name: 'oom-score-adj', value: 'int', help: "Tune host's OOM preferences (-1000 to 1000)", check: integer },
  { name: 'pid', value: 'string', help: 'PID namespace to use' },
  { name: 'pids-limit', value: 'int', help: 'Tune container pids limit (set -1 for unlimited)', check: integer },
  { name: 'platform', value: 'string', help: 'Set platform if server is multi-platform capable' },
  { name: 'privileged', help: 'Give extended privileges to this container' },
  { name: 'publish', short: 'p', value: 'list', help: "Publish a container's port(s) to the host" },
  { name: 'publish-all', short: 'P', help: 'Publish all exposed ports to random ports' },
  { name: 'pull', value: 'string', help: 'Pull image before running ("always"|"missing"|"never") (default "missing")' },
  { name: 'quiet', short: 'q', help: 'Suppress the pull output' },
  { name: 'read-only', help: "Mount the container's root filesystem as read only" },
  { name: 'restart', value: 'string', help: 'Restart policy to apply when a container exits (default "no")' },
  { name: 'rm', help: 'Automatically remove the container when it exits' },
  { name: 'security-opt', value: 'list', help: 'Security Options' },
  { name: 'shm-size', value: 'bytes', help: 'Size of /dev/shm', check: parseSize },
  { name: 'stop-signal', value: 'string', help: 'Signal to stop a container (default "SIGTERM")' },
  { name: 'stop-timeout', value: 'int', help: 'Timeout (in seconds) to stop a container', check: integer },
  { name: 'sysctl', value: 'map', help: 'Sysctl options', check: checkSysctl },
  { name: 'tmpfs', value: 'list', help: 'Mount a tmpfs directory' },
  { name: 'tty', short: 't', help: 'Allocate a pseudo-TTY' },
  { name: 'ulimit', value: 'ulimit', help: 'Ulimit options', check: parseUlimit },
  { name: 'user', short: 'u', value: 'string', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  { name: 'userns', value: 'string', help: 'User namespace to use' },
  { name: 'uts', value: 'string', help: 'UTS namespace to use' },
  { name: 'volume', short: 'v', value: 'list', help: 'Bind mount a volume' },
  { name: 'workdir', short: 'w', value: 'string', help: 'Working directory inside the container' },
];

/** Docker's flags that we don't have: a name, and whether it takes a value. */
const unsupported: readonly Flag[] = [
  ...words(
    'annotation blkio-weight blkio-weight-device cgroup-parent cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime',
    'device-read-bps device-read-iops device-write-bps device-write-iops gpus ',
    'health-start-interval io-maxbandwidth io-maxiops ip ip6 isolation kernel-memory link link-local-ip',
    'memory-swappiness network-alias net-alias runtime storage-opt volume-driver volumes-from',
  ).map((name) => ({ name, value: 'string', help: '', hidden: true, unsupported: true })),
  ...words('use-api-socket').map((name) => ({ name, help: '', hidden: true, unsupported: true })),
];

function words(...lines: string[]): string[] {
  return lines.join(' ').split(' ');
}

export const createFlags: readonly Flag[] = [...given, ...unsupported];

export const runFlags: readonly Flag[] = [
  ...createFlags,
  { name: 'detach', short: 'd', help: 'Run container in background and print container ID' },
  { name: 'detach-keys', value: 'string', help: 'Override the key sequence for detaching a container' },
  { name: 'dry-run', help: 'Print the steps and calls of the run, and make none of them' },
  { name: 'explain', help: 'Say on stderr each step and call as it is made, and how long it took' },
  { name: 'sig-proxy', help: 'Proxy received signals to the process (default true)' },
];
