/** The text of `tsrun info`, in the lines of Docker's. */
import type { InfoFacts } from '../../engine/info.ts';
import { binarySize } from './human.ts';

export function infoText(facts: InfoFacts): string {
  const { RegistryConfig: registries } = facts;
  const insecure = [
    ...Object.values(registries.IndexConfigs)
      .filter(({ Secure }) => !Secure)
      .map(({ Name }) => Name),
    ...registries.InsecureRegistryCIDRs,
  ];
  const proxies = { 'HTTP Proxy': facts.HttpProxy, 'HTTPS Proxy': facts.HttpsProxy, 'No Proxy': facts.NoProxy };
  return [
    'Client:',
    ` Context:    ${facts.ClientInfo.Context}`,
    ` Debug Mode: ${facts.ClientInfo.Debug}`,
    '',
    'Server:',
    ` Containers: ${facts.Containers}`,
    `  Running: ${facts.ContainersRunning}`,
    `  Paused: ${facts.ContainersPaused}`,
    `  Stopped: ${facts.ContainersStopped}`,
    ` Images: ${facts.Images}`,
    ` Server Version: ${facts.ServerVersion}`,
    ` Storage Driver: ${facts.Driver}`,
    ...facts.DriverStatus.map(([name, value]) => `  ${name}: ${value}`),
    ` Logging Driver: ${facts.LoggingDriver}`,
    ` Cgroup Driver: ${facts.CgroupDriver}`,
    ` Cgroup Version: ${facts.CgroupVersion}`,
    ' Plugins:',
    `  Volume: ${facts.Plugins.Volume.join(' ')}`,
    `  Network: ${facts.Plugins.Network.join(' ')}`,
    `  Log: ${facts.Plugins.Log.join(' ')}`,
    ` Swarm: ${facts.Swarm.LocalNodeState}`,
    ` Runtimes: ${Object.keys(facts.Runtimes).join(' ')}`,
    ` Default Runtime: ${facts.DefaultRuntime}`,
    ' Security Options:',
    ...facts.SecurityOptions.flatMap((option) => securityLines(option)),
    ` Kernel Version: ${facts.KernelVersion}`,
    ` Operating System: ${facts.OperatingSystem}`,
    ` OSType: ${facts.OSType}`,
    ` Architecture: ${facts.Architecture}`,
    ` CPUs: ${facts.NCPU}`,
    ` Total Memory: ${binarySize(facts.MemTotal)}`,
    ` Name: ${facts.Name}`,
    ` Docker Root Dir: ${facts.DockerRootDir}`,
    ` Debug Mode: ${facts.Debug}`,
    ...Object.entries(proxies).flatMap(([name, value]) => (value === '' ? [] : [` ${name}: ${value}`])),
    ` Registry: ${facts.IndexServerAddress}`,
    ' Labels:',
    ` Experimental: ${facts.ExperimentalBuild}`,
    ' Insecure Registries:',
    ...insecure.map((each) => `  ${each}`),
    ...(registries.Mirrors.length > 0 ? [' Registry Mirrors:', ...registries.Mirrors.map((mirror) => `  ${mirror}`)] : []),
    '',
    '',
  ].join('\n');
}

/** `name=seccomp,profile=default`: the name, and what belongs to it below. */
function securityLines(option: string): string[] {
  const [name, ...rest] = option.split(',').map((part) => part.split('='));
  return [`  ${name?.[1] ?? ''}`, ...rest.map(([key = '', value = '']) => `   ${key[0]?.toUpperCase()}${key.slice(1)}: ${value}`)];
}

/** What this host can't do, in Docker's words. */
export function infoWarnings(facts: InfoFacts): string[] {
  const missing: [boolean, string][] = [
    [facts.MemoryLimit, 'No memory limit support'],
    [facts.SwapLimit, 'No swap limit support'],
    [facts.CpuCfsPeriod, 'No cpu cfs period support'],
    [facts.CpuCfsQuota, 'No cpu cfs quota support'],
    [facts.CPUShares, 'No cpu shares support'],
    [facts.CPUSet, 'No cpuset support'],
    [facts.PidsLimit, 'No pids limit support'],
  ];
  return missing.flatMap(([has, words]) => (has ? [] : [words]));
}
