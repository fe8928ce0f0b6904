/** The cgroup that all engines share. Others use it meanwhile: nothing can be said but of what we hold. */
import { closeSync, existsSync, fstatSync, statSync } from 'node:fs';
import {
  cgroupDirectory,
  detectCgroups,
  openMonitorCgroup,
  removeEngineCgroup,
  unifiedHierarchy,
} from '../../../src/kernel/cgroup/index.ts';
import { rootTestWhere } from '../../helpers/root.ts';

const layout = detectCgroups();
const unified = unifiedHierarchy(layout);
const v2Test = rootTestWhere(unified !== undefined, 'a cgroup v2 tree');

v2Test('is not removed while a monitor is about to be started in it', (t) => {
  const path = cgroupDirectory(unified as NonNullable<typeof unified>, '/tsrun/monitors');
  const [one, two] = [openMonitorCgroup(layout), openMonitorCgroup(layout)];
  if (one === undefined || two === undefined) return t.fail('it could not be made');
  for (const directory of [one, two]) {
    removeEngineCgroup(layout);
    t.is(statSync(path).ino, fstatSync(directory).ino);
    closeSync(directory);
  }
  removeEngineCgroup(layout);
  const again = openMonitorCgroup(layout);
  t.true(again !== undefined && existsSync(path));
  if (again !== undefined) closeSync(again);
  removeEngineCgroup(layout);
});
