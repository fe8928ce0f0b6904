/** Change what can be changed of a container that is there: its limits, at once where it runs, and its restart policy. */
import { checkLimits } from '../container/check-config.ts';
import { discardKernelMemory } from '../container/check-resources.ts';
import { recordContainerEvent } from '../container/events.ts';
import { resourceConfig } from '../container/oci-config-limits.ts';
import { writeConfig } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { detectCgroups, updateCgroup } from '../kernel/cgroup/index.ts';
import { isAlive, type Container, type ContainerConfig, type ResourceLimits, type RestartPolicy } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import { transaction } from '../state/database.ts';
import { containerCgroup } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { onlineSets, readHostFacts } from './host-facts.ts';

export interface ContainerUpdate {
  /** Those to change. A `pidsLimit` of 0 or less is none. */
  limits: ResourceLimits;
  restartPolicy: RestartPolicy | undefined;
}

/**
 * @returns what Docker would warn of
 * @throws TsrunError INVALID_ARGUMENT for what can't be, CONFLICT, or what the kernel refused; in Docker's words. Then the record
 *   is as it was.
 */
export function updateContainer(engine: Engine, container: Container, update: ContainerUpdate): string[] {
  const { id } = container;
  const warnings: string[] = [];
  // Docker looks at the values themselves first, without saying what for.
  const { kernelMemory, ...limits } = update.limits;
  checkLimits({ limits }, onlineSets, warnings);
  if (kernelMemory !== undefined) discardKernelMemory(kernelMemory, warnings);
  try {
    const config = changedConfig(container.config, { ...update, limits });
    checkLimits(config, onlineSets, []);
    if (isAlive(currentState(engine.paths, container))) warnings.push(...applyLimits(config, container, limits));
    const database = engine.database();
    transaction(database, () => {
      writeConfig(database, id, config);
      recordContainerEvent(database, container, 'update');
    });
    return warnings;
  } catch (error) {
    if (!isTsrunError(error) || error.code === 'NOT_FOUND') throw error;
    const { code, call, path, errno, hint } = error;
    throw new TsrunError(code, `Cannot update container ${id}: ${error.message}`, { call, path, errno, hint, exitCode: 1, cause: error });
  }
}

function changedConfig(config: ContainerConfig, { limits, restartPolicy }: ContainerUpdate): ContainerConfig {
  if (restartPolicy !== undefined && restartPolicy.name !== 'no' && config.removeOnExit)
    throw new TsrunError('CONFLICT', 'Restart policy cannot be updated because AutoRemove is enabled for the container');
  checkCpuConflicts(config.limits, limits);
  // Where none was set it is 0, and where it is unlimited -1: Docker wants it said then, too.
  const { memorySwap = 0 } = config.limits;
  if (limits.memory !== undefined && limits.memorySwap === undefined && limits.memory > memorySwap) {
    throw new TsrunError(
      'INVALID_ARGUMENT',
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
  return { ...config, limits: { ...config.limits, ...limits }, restartPolicy: restartPolicy ?? config.restartPolicy };
}

/** A number of CPUs, or a share of each period: one can't become the other. */
function checkCpuConflicts(set: ResourceLimits, asked: ResourceLimits): void {
  const names = { cpus: 'NanoCPUs', cpuPeriod: 'CPU Period', cpuQuota: 'CPU Quota' } as const;
  for (const [one, other] of [
    ['cpuPeriod', 'cpus'],
    ['cpuQuota', 'cpus'],
    ['cpus', 'cpuPeriod'],
    ['cpus', 'cpuQuota'],
  ] as const) {
    if (asked[one] === undefined || set[other] === undefined) continue;
    throw new TsrunError('CONFLICT', `Conflicting options: ${names[one]} cannot be updated as ${names[other]} has already been set`);
  }
}

/** Only what was asked for is written; memory and swap go together. */
function applyLimits({ limits: all }: ContainerConfig, container: Container, asked: ResourceLimits): string[] {
  const memory = asked.memory === undefined && asked.memorySwap === undefined ? {} : { memory: all.memory, memorySwap: all.memorySwap };
  const changed = Object.fromEntries(Object.entries({ ...asked, ...memory }).filter(([, value]) => value !== undefined)) as ResourceLimits;
  const layout = detectCgroups();
  return updateCgroup(layout, containerCgroup(container), resourceConfig(changed, readHostFacts(layout)));
}
