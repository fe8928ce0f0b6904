/** A check whose container is frozen in the instant in which it begins. */
import { createEngine } from '../../src/engine/engine.ts';
import { currentContainer } from '../../src/engine/current.ts';
import { startInContainer } from '../../src/engine/exec.ts';
import { detectCgroups, freezeCgroup, thawCgroup } from '../../src/kernel/cgroup/index.ts';
import { containerCgroup } from '../../src/state/paths.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { findProcesses } from '../native/processes.ts';

rootTest('a check that cannot begin, because its container is frozen, keeps nobody waiting, and is given up', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--network', 'none', 'busybox', 'sleep', '1000');
  const { root, state, bridge } = engine;
  const core = createEngine({ root, state, bridge, debug: false, logFormat: 'text', insecureRegistries: [], registryMirrors: [] });
  t.teardown(() => core.close());
  const wish = { command: ['true'], environment: [], user: undefined, workingDirectory: undefined, terminal: false, privileged: false };
  let looks = 0;
  const how = { openStdin: false, followsClient: true, isHopeless: () => ++looks > 3 };
  const container = currentContainer(core, id);
  // It has looked whether the container is paused, and has still to start the program: that is for a later turn.
  const started = startInContainer(core, container, wish, how);
  t.true(freezeCgroup(detectCgroups(), containerCgroup(container)));
  try {
    await t.throwsAsync(started, { message: 'the container was paused before the program started' });
  } finally {
    thawCgroup(detectCgroups(), containerCgroup(container));
  }
  t.is(looks, 4);
  await until('its monitor is gone', () => findProcesses((command) => command.startsWith(`tsrun-monitor\0${id}\0`)).length === 1);
});
