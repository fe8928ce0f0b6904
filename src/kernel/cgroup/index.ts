/**
 * Cgroups of containers. A container has one path, `/tsrun-ID`, in every hierarchy of its host.
 *
 *   const layout = detectCgroups();
 *   const { joins, unified } = createCgroup(layout, '/tsrun-0123', { pids: { limit: 100 } });
 *   … clone into `unified`, the child writes 0 to each of `joins` …
 *   killCgroup(layout, '/tsrun-0123');
 *   removeCgroup(layout, '/tsrun-0123');
 */
export { createCgroup, updateCgroup, type CreatedCgroup } from './create.ts';
export { CgroupDirectories } from './directories.ts';
export { compileDeviceFilter } from './device-filter.ts';
export { cgroupDirectory, controllerHierarchy, detectCgroups, parseCgroupMounts, unifiedHierarchy } from './layout.ts';
export type { CgroupLayout } from './layout.ts';
export { limitWrites, sharesToWeight } from './limits.ts';
export { enterMonitorCgroup, openMonitorCgroup, removeEngineCgroup } from './engine.ts';
export { containerCgroupMounts } from './mounts.ts';
export { freezeCgroup, freezing, isFrozen, killCgroup, listProcesses, thawCgroup, thawing, thawWrites } from './processes.ts';
export { removeCgroup } from './remove.ts';
export { readRefusedForks, readUsage } from './usage.ts';
