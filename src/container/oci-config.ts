/** Step 2: a container, as it was asked for -> its OCI config.json, in Docker's shape. Pure. */
import type { ContainerConfig } from '../model/container.ts';
import type { OciConfig, OciLinux, OciNamespace, OciProcess } from '../oci-spec/runtime.ts';
import { containerCgroup } from '../state/paths.ts';
import { capabilitySets, mergeCapabilities } from './oci-config-capabilities.ts';
import { deviceConfig } from './oci-config-devices.ts';
import { environmentConfig } from './oci-config-environment.ts';
import type { OciConfigInput } from './oci-config-input.ts';
import { oomScoreConfig, resourceConfig, rlimitConfig } from './oci-config-limits.ts';
import { mountConfig } from './oci-config-mounts.ts';
import { MASKED_PATHS, READONLY_PATHS } from './system-paths.ts';
import { sysctlConfig } from './oci-config-sysctls.ts';

export type { HostFacts, OciConfigInput, ResolvedDevice, ResolvedUser } from './oci-config-input.ts';

/** The version of the runtime specification that is written. */
const OCI_VERSION = '1.2.0';

/**
 * Build the config.json of a container.
 *
 * @throws {TsrunError} INVALID_ARGUMENT, in Docker's words, for options that can't be; UNSUPPORTED for what this host can't do.
 */
export function buildOciConfig(input: OciConfigInput): OciConfig {
  const { config } = input;
  return {
    ociVersion: OCI_VERSION,
    process: processConfig(input),
    root: { path: input.rootPath, ...(config.readOnlyRoot ? { readonly: true } : {}) },
    ...(config.uts === 'host' ? {} : { hostname: config.hostname, ...(config.domainname === '' ? {} : { domainname: config.domainname }) }),
    mounts: mountConfig(input),
    ...(Object.keys(config.annotations).length === 0 ? {} : { annotations: config.annotations }),
    linux: linuxConfig(input),
  };
}

function processConfig({ config, user, host, linkEnvironment }: OciConfigInput): OciProcess {
  const names = mergeCapabilities(config, host.boundingSet);
  const rlimits = rlimitConfig(config.ulimits);
  // Lowering the score takes a capability that root may lack.
  const mayLower = (host.boundingSet & (1n << 24n)) !== 0n;
  const oomScoreAdj = oomScoreConfig(config.limits, mayLower);
  return {
    ...(config.terminal ? { terminal: true } : {}),
    user: { uid: user.uid, gid: user.gid, additionalGids: [...new Set([user.gid, ...user.groups])] },
    args: [...config.entrypoint, ...config.command],
    env: environmentConfig(config, user.home, linkEnvironment),
    cwd: config.workingDirectory === '' ? '/' : config.workingDirectory,
    capabilities: capabilitySets(names, user.uid),
    ...(rlimits.length === 0 ? {} : { rlimits }),
    ...(config.noNewPrivileges ? { noNewPrivileges: true } : {}),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}

function linuxConfig(input: OciConfigInput): OciLinux {
  const { config, seccomp } = input;
  const { devices, rules } = deviceConfig(input);
  const open = config.privileged || config.maskedPathsUnconfined;
  return {
    sysctl: sysctlConfig(config),
    resources: { devices: rules, ...resourceConfig(config.limits, input.host, input.blockIO) },
    cgroupsPath: containerCgroup(input),
    namespaces: namespaceConfig(config, input.joined),
    ...(devices.length === 0 ? {} : { devices }),
    ...(seccomp === undefined || config.privileged ? {} : { seccomp }),
    ...(open ? {} : { maskedPaths: [...MASKED_PATHS, ...input.host.thermalThrottlePaths], readonlyPaths: [...READONLY_PATHS] }),
  };
}

/** A type that is left out is the host's. */
function namespaceConfig(config: ContainerConfig, joined: OciConfigInput['joined']): OciNamespace[] {
  const join = (type: 'network' | 'pid' | 'ipc'): OciNamespace => {
    const path = joined?.[type];
    return path === undefined ? { type } : { type, path };
  };
  return [
    { type: 'mount' },
    ...(config.network.type === 'host' ? [] : [join('network')]),
    ...(config.uts === 'host' ? [] : [{ type: 'uts' } as const]),
    ...(config.pid === 'host' ? [] : [join('pid')]),
    ...(config.ipc === 'host' ? [] : [join('ipc')]),
    ...(config.cgroupns === 'host' ? [] : [{ type: 'cgroup' } as const]),
  ];
}
