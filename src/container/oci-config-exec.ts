/** `exec`: the process of a config.json that runs beside a container's first one. Pure. */
import type { ContainerConfig } from '../model/container.ts';
import { capabilityNames } from '../oci-spec/capabilities.ts';
import type { OciConfig, OciProcess } from '../oci-spec/runtime.ts';
import { capabilitySets } from './oci-config-capabilities.ts';
import { environmentConfig } from './oci-config-environment.ts';
import type { ResolvedUser } from './oci-config-input.ts';

export interface ExecRequest {
  command: readonly string[];
  /** `NAME=value`, after the container's own. */
  environment: readonly string[];
  user: ResolvedUser;
  /** undefined: the container's. */
  workingDirectory: string | undefined;
  terminal: boolean;
  privileged: boolean;
  /** What root has here, for `privileged`. */
  boundingSet: bigint;
}

/** The process to be executed: everything the request does not say is as in the container. */
export function buildExecProcess(spec: OciConfig, config: ContainerConfig, request: ExecRequest): OciProcess {
  const own = spec.process;
  const names = request.privileged ? capabilityNames(request.boundingSet) : (own?.capabilities?.bounding ?? []);
  const environment = [...config.environment, ...request.environment];
  const { user } = request;
  return {
    ...(request.terminal ? { terminal: true } : {}),
    user: { uid: user.uid, gid: user.gid, additionalGids: [...new Set([user.gid, ...user.groups])] },
    args: [...request.command],
    env: environmentConfig({ ...config, terminal: request.terminal, environment }, user.home),
    cwd: request.workingDirectory ?? own?.cwd ?? '/',
    capabilities: capabilitySets(names, user.uid),
    ...(own?.rlimits === undefined ? {} : { rlimits: own.rlimits }),
    ...(own?.noNewPrivileges === true ? { noNewPrivileges: true } : {}),
    ...(own?.oomScoreAdj === undefined ? {} : { oomScoreAdj: own.oomScoreAdj }),
  };
}
