/** The flags of `run` and `create`, with the checks Docker makes while it reads them. The help sorts them. */
import { integer, type Flag } from '../flags.ts';
import { parseSize } from '../../model/size.ts';
import { checkAddress, checkDnsSearch, checkExtraHost } from './addresses.ts';
import { parseDeviceBps, parseDeviceIops, parseDeviceWeight } from './block-io.ts';
import { parseGpus } from './gpus.ts';
import { checkDuration } from './health.ts';
import { checkAnnotation, checkEnvironment, checkLabel } from './key-values.ts';
import { limitFlags } from './limit-flags.ts';
import { parseLink } from './links.ts';
import { parseMount } from './mount-flag.ts';
import { checkAttach, checkContentTrust, checkDeviceRule, checkSysctl, parseUlimit } from './values.ts';

const given: readonly Flag[] = [
  ...limitFlags,
  { name: 'add-host', value: 'list', help: 'Add a custom host-to-IP mapping (host:ip)', check: checkExtraHost },
  {
    name: 'annotation',
    value: 'map',
    help: 'Add an annotation to the container (passed through to the OCI runtime)',
    check: checkAnnotation,
  },
  { name: 'attach', short: 'a', value: 'list', help: 'Attach to STDIN, STDOUT or STDERR', check: checkAttach },
  { name: 'blkio-weight-device', value: 'list', help: 'Block IO weight (relative device weight) (default [])', check: parseDeviceWeight },
  { name: 'cap-add', value: 'list', help: 'Add Linux capabilities' },
  { name: 'cap-drop', value: 'list', help: 'Drop Linux capabilities' },
  { name: 'cgroup-parent', value: 'string', help: 'Optional parent cgroup for the container' },
  { name: 'cgroupns', value: 'string', help: "Cgroup namespace to use (host|private); 'private' is the default" },
  { name: 'cidfile', value: 'string', help: 'Write the container ID to the file' },
  { name: 'cpu-count', value: 'int', help: 'CPU count (Windows only)', hidden: true, check: integer },
  { name: 'cpu-percent', value: 'int', help: 'CPU percent (Windows only)', hidden: true, check: integer },
  { name: 'device', value: 'list', help: 'Add a host device to the container' },
  { name: 'device-cgroup-rule', value: 'list', help: 'Add a rule to the cgroup allowed devices list', check: checkDeviceRule },
  { name: 'device-read-bps', value: 'list', help: 'Limit read rate (bytes per second) from a device (default [])', check: parseDeviceBps },
  { name: 'device-read-iops', value: 'list', help: 'Limit read rate (IO per second) from a device (default [])', check: parseDeviceIops },
  { name: 'device-write-bps', value: 'list', help: 'Limit write rate (bytes per second) to a device (default [])', check: parseDeviceBps },
  { name: 'device-write-iops', value: 'list', help: 'Limit write rate (IO per second) to a device (default [])', check: parseDeviceIops },
  { name: 'disable-content-trust', help: 'Skip image verification (default true)', hidden: true, check: checkContentTrust },
  { name: 'dns', value: 'list', help: 'Set custom DNS servers', check: checkAddress },
  { name: 'dns-option', alias: 'dns-opt', value: 'list', help: 'Set DNS options' },
  { name: 'dns-search', value: 'list', help: 'Set custom DNS search domains', check: checkDnsSearch },
  { name: 'domainname', value: 'string', help: 'Container NIS domain name' },
  { name: 'entrypoint', value: 'string', help: 'Overwrite the default ENTRYPOINT of the image' },
  { name: 'env', short: 'e', value: 'list', help: 'Set environment variables', check: checkEnvironment },
  { name: 'env-file', value: 'list', help: 'Read in a file of environment variables' },
  { name: 'expose', value: 'list', help: 'Expose a port or a range of ports' },
  { name: 'gpus', value: 'gpu-request', help: "GPU devices to add to the container ('all' to pass all GPUs)", check: parseGpus },
  { name: 'group-add', value: 'list', help: 'Add additional groups to join' },
  { name: 'health-cmd', value: 'string', help: 'Command to run to check health' },
  { name: 'health-interval', value: 'duration', help: 'Time between running the check (ms|s|m|h) (default 0s)', check: checkDuration },
  { name: 'health-retries', value: 'int', help: 'Consecutive failures needed to report unhealthy', check: integer },
  {
    name: 'health-start-interval',
    value: 'duration',
    help: 'Time between running the check during the start period (ms|s|m|h) (default 0s)',
    check: checkDuration,
  },
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
  {
    name: 'io-maxbandwidth',
    value: 'bytes',
    help: 'Maximum IO bandwidth limit for the system drive (Windows only)',
    hidden: true,
    check: parseSize,
  },
  { name: 'io-maxiops', value: 'uint', help: 'Maximum IOps limit for the system drive (Windows only)', hidden: true, check: integer },
  { name: 'ip', value: 'string', help: 'IPv4 address (e.g., 172.30.100.104)' },
  { name: 'ip6', value: 'string', help: 'IPv6 address (e.g., 2001:db8::33)' },
  { name: 'ipc', value: 'string', help: 'IPC mode to use' },
  { name: 'isolation', value: 'string', help: 'Container isolation technology' },
  { name: 'label', short: 'l', value: 'list', help: 'Set meta data on a container', check: checkLabel },
  { name: 'label-file', value: 'list', help: 'Read in a line delimited file of labels' },
  { name: 'link', value: 'list', help: 'Add link to another container', check: parseLink },
  { name: 'link-local-ip', value: 'list', help: 'Container IPv4/IPv6 link-local addresses' },
  { name: 'log-driver', value: 'string', help: 'Logging driver for the container' },
  { name: 'log-opt', value: 'list', help: 'Log driver options' },
  { name: 'mac-address', value: 'string', help: 'Container MAC address (e.g., 92:d0:c6:0a:29:33)' },
  { name: 'memory-swappiness', value: 'int', help: 'Tune container memory swappiness (0 to 100) (default -1)', check: integer },
  { name: 'mount', value: 'mount', help: 'Attach a filesystem mount to the container', check: parseMount },
  { name: 'name', value: 'string', help: 'Assign a name to the container' },
  { name: 'network', alias: 'net', value: 'network', help: 'Connect a container to a network' },
  { name: 'network-alias', alias: 'net-alias', value: 'list', help: 'Add network-scoped alias for the container' },
  { name: 'no-healthcheck', help: 'Disable any container-specified HEALTHCHECK' },
  { name: 'oom-kill-disable', help: 'Disable OOM Killer' },
  { name: 'oom-score-adj', value: 'int', help: "Tune host's OOM preferences (-1000 to 1000)", check: integer },
  { name: 'pid', value: 'string', help: 'PID namespace to use' },
  { name: 'platform', value: 'string', help: 'Set platform if server is multi-platform capable' },
  { name: 'privileged', help: 'Give extended privileges to this container' },
  { name: 'publish', short: 'p', value: 'list', help: "Publish a container's port(s) to the host" },
  { name: 'publish-all', short: 'P', help: 'Publish all exposed ports to random ports' },
  { name: 'pull', value: 'string', help: 'Pull image before running ("always"|"missing"|"never") (default "missing")' },
  { name: 'quiet', short: 'q', help: 'Suppress the pull output' },
  { name: 'read-only', help: "Mount the container's root filesystem as read only" },
  { name: 'restart', value: 'string', help: 'Restart policy to apply when a container exits (default "no")' },
  { name: 'rm', help: 'Automatically remove the container when it exits' },
  { name: 'runtime', value: 'string', help: 'Runtime to use for this container' },
  { name: 'security-opt', value: 'list', help: 'Security Options' },
  { name: 'shm-size', value: 'bytes', help: 'Size of /dev/shm', check: parseSize },
  { name: 'stop-signal', value: 'string', help: 'Signal to stop a container (default "SIGTERM")' },
  { name: 'stop-timeout', value: 'int', help: 'Timeout (in seconds) to stop a container', check: integer },
  { name: 'storage-opt', value: 'list', help: 'Storage driver options for the container' },
  { name: 'sysctl', value: 'map', help: 'Sysctl options', check: checkSysctl },
  { name: 'tmpfs', value: 'list', help: 'Mount a tmpfs directory' },
  { name: 'tty', short: 't', help: 'Allocate a pseudo-TTY' },
  { name: 'ulimit', value: 'ulimit', help: 'Ulimit options', check: parseUlimit },
  { name: 'user', short: 'u', value: 'string', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  { name: 'userns', value: 'string', help: 'User namespace to use' },
  { name: 'uts', value: 'string', help: 'UTS namespace to use' },
  { name: 'volume', short: 'v', value: 'list', help: 'Bind mount a volume' },
  { name: 'volume-driver', value: 'string', help: 'Optional volume driver for the container' },
  { name: 'volumes-from', value: 'list', help: 'Mount volumes from the specified container(s)' },
  { name: 'workdir', short: 'w', value: 'string', help: 'Working directory inside the container' },
];

/** Docker's flags that we don't have: a name, and whether it takes a value. */
const unsupported: readonly Flag[] = [{ name: 'use-api-socket', help: '', hidden: true, unsupported: true }];

export const createFlags: readonly Flag[] = [...given, ...unsupported];

export const runFlags: readonly Flag[] = [
  ...createFlags,
  { name: 'detach', short: 'd', help: 'Run container in background and print container ID' },
  { name: 'detach-keys', value: 'string', help: 'Override the key sequence for detaching a container' },
  { name: 'dry-run', help: 'Print the steps and calls of the run, and make none of them' },
  { name: 'explain', help: 'Say on stderr each step and call as it is made, and how long it took' },
  { name: 'sig-proxy', help: 'Proxy received signals to the process (default true)' },
];
