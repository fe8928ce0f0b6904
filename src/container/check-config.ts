/** What Docker's daemon refuses about a config, in its words. Pure. Source: moby, daemon/daemon_unix.go, daemon/container.go. */
import type { ContainerConfig } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { RunRequest } from '../model/run-request.ts';
import { capabilityBit } from '../oci-spec/capabilities.ts';
import { checkBlockIo, checkCpuTime } from './check-resources.ts';
import { signalNumber } from '../model/signals.ts';

/** What checks need to know of the host; asked for only where it matters. */
export interface HostFacts {
  hostname(): string;
  /** CPUs that are there, as a list: `0-3`. */
  onlineCpus(): string;
  /** Whether this kernel has AppArmor, or SELinux, and uses it. */
  hasSecurityModule(name: 'apparmor' | 'selinux'): boolean;
  /** NUMA nodes that are there. */
  onlineMems(): string;
}

const MINIMUM_MEMORY = 6 * 1024 * 1024;

/**
 * @param warnings gets what Docker warns of
 * @throws TsrunError INVALID_ARGUMENT
 */
export function checkConfig(request: RunRequest, config: ContainerConfig, host: HostFacts, warnings: string[]): void {
  checkTexts(config);
  const { workingDirectory } = request.config;
  if (workingDirectory !== undefined && !workingDirectory.startsWith('/')) {
    throw invalid(`the working directory '${workingDirectory}' is invalid, it needs to be an absolute path`);
  }
  checkCapabilities('CapAdd', config.capAdd);
  checkCapabilities('CapDrop', config.capDrop);
  if (config.stopSignal !== undefined && signalNumber(config.stopSignal) === undefined)
    throw invalid(`Invalid signal: ${config.stopSignal}`);
  checkConflicts(request, config);
  checkLimits(config, host, warnings);
  checkSecurityModules(config, host, warnings);
}

/** Limits alone, for `update`. Throws as `checkConfig`. */
export function checkLimits(
  config: Pick<ContainerConfig, 'limits'>,
  host: Pick<HostFacts, 'onlineCpus' | 'onlineMems'>,
  warnings: string[],
): void {
  checkMemory(config, warnings);
  checkCpus(config, host);
  checkCpuTime(config.limits);
  checkBlockIo(config.limits);
}

/** What a program is given ends at its first NUL: neither an image nor a caller may mean more than that. */
function checkTexts({ entrypoint, command, environment, user, workingDirectory }: ContainerConfig): void {
  for (const text of [...entrypoint, ...command, ...environment, user, workingDirectory])
    if (text.includes('\0')) throw invalid(`invalid argument: ${JSON.stringify(text)} holds a NUL byte`);
}

function checkCapabilities(field: string, names: readonly string[]): void {
  for (const name of names) {
    const full = `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`;
    if (full !== 'CAP_ALL' && capabilityBit(full) === undefined) throw invalid(`invalid ${field}: unknown capability: "${full}"`);
  }
}

function checkConflicts(request: RunRequest, config: ContainerConfig): void {
  const hostnameAsked = request.config.hostname !== undefined;
  if (config.uts === 'host' && hostnameAsked) throw invalid('conflicting options: hostname and the UTS mode');
  if (config.network.type !== 'container') {
    if (config.network.type === 'host' && config.macAddress !== undefined)
      throw invalid('conflicting options: mac-address and the network mode');
    return;
  }
  const conflict = (what: string): TsrunError => invalid(`conflicting options: ${what} and the network mode`);
  if (hostnameAsked) throw conflict('hostname');
  if (config.dns.length > 0) throw conflict('dns');
  if (config.extraHosts.length > 0) throw conflict('custom host-to-IP mapping');
  if (config.macAddress !== undefined) throw conflict('mac-address');
  if (request.config.ports.length > 0 || request.config.publishAll)
    throw invalid('conflicting options: port publishing and the container type network mode');
  if (request.config.exposedPorts.length > 0) throw invalid('conflicting options: port exposing and the container type network mode');
}

/** Where the kernel has no such module, Docker does without, too; where it has, we can't do what was asked for. */
function checkSecurityModules({ asGiven }: ContainerConfig, host: HostFacts, warnings: string[]): void {
  for (const option of asGiven.securityOptions) {
    const [name = '', value = ''] = option.split(/[=:](.*)/s);
    const module = name === 'apparmor' ? 'apparmor' : name === 'label' ? 'selinux' : undefined;
    if (module === undefined || value === 'unconfined' || value === 'disable') continue;
    const title = module === 'apparmor' ? 'AppArmor' : 'SELinux';
    if (host.hasSecurityModule(module)) throw invalid(`--security-opt ${option}: ${title} profiles and labels are not supported yet`);
    warnings.push(`Your kernel does not support ${title}, or it is not enabled. --security-opt ${option} discarded.`);
  }
}

function checkMemory({ limits }: Pick<ContainerConfig, 'limits'>, warnings: string[]): void {
  const { memory, memorySwap, memoryReservation, oomScoreAdj, oomKillDisable } = limits;
  if (memory !== undefined && memory < MINIMUM_MEMORY) throw invalid('Minimum memory limit allowed is 6MB');
  if (memory !== undefined && memorySwap !== undefined && memorySwap > 0 && memorySwap < memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (memory === undefined && memorySwap !== undefined && memorySwap > 0) {
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (memoryReservation !== undefined && memoryReservation < MINIMUM_MEMORY) throw invalid('Minimum memory reservation allowed is 6MB');
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (oomScoreAdj !== undefined && Math.abs(oomScoreAdj) > 1000) {
    throw invalid(`Invalid value ${oomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
  if (oomKillDisable && memory === undefined) {
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  }
}

function checkCpus({ limits }: Pick<ContainerConfig, 'limits'>, host: Pick<HostFacts, 'onlineCpus' | 'onlineMems'>): void {
  if (limits.cpus !== undefined) {
    const count = parseList(host.onlineCpus())?.size ?? 1;
    if (limits.cpus < 0.01 || limits.cpus > count) {
      throw invalid(`Range of CPUs is from 0.01 to ${count.toFixed(2)}, as there are only ${count} CPUs available`);
    }
  }
  if (limits.cpusetCpus !== undefined) checkSet('cpus', 'CPUs', limits.cpusetCpus, host.onlineCpus());
  if (limits.cpusetMems !== undefined) checkSet('mems', 'memory nodes', limits.cpusetMems, host.onlineMems());
}

function checkSet(name: string, what: string, text: string, available: string): void {
  const wanted = parseList(text);
  if (wanted === undefined) throw invalid(`Invalid value ${text} for cpuset ${name}: invalid format: ${text}`);
  const there = parseList(available);
  if (there !== undefined && !wanted.isSubsetOf(there)) {
    throw invalid(`Requested ${what} are not available - requested ${text}, available: ${available}`);
  }
}

/** The numbers of `0-2,5`; undefined where it is no such list. */
function parseList(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    if (match === null) return undefined;
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (last < first) return undefined;
    for (let each = first; each <= last; each++) numbers.add(each);
  }
  return numbers;
}

function invalid(message: string): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', message);
}
