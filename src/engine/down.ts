/** Take an engine down: end its containers, and give back what outlives them on the host. Images and records stay. */
import { listContainers } from '../container/records.ts';
import { withCurrentStates } from '../container/states.ts';
import { detectCgroups, removeEngineCgroup } from '../kernel/cgroup/index.ts';
import { runTogether } from '../kernel/waiting.ts';
import { isAlive } from '../model/container.ts';
import { removeBridge } from '../network/index.ts';
import type { Engine } from './engine.ts';
import { reclaimDead } from './reclaim.ts';
import { stopping } from './stop.ts';

/** Each is an open descriptor more, and there may be a thousand containers. */
const MOST_CLAIMS = 200;

/**
 * Stop what runs, then remove the bridge, its firewall table and rules, and put ip_forward back as it was.
 * @returns the names of the containers that were stopped.
 * @throws what kept a container from being stopped, the first of them; the others are stopped, and the bridge stays
 */
export function takeDown(engine: Engine, timeoutSeconds: number | undefined): string[] {
  const running = withCurrentStates(engine.paths, listContainers(engine.database())).filter(
    ({ state }) => isAlive(state) || state.status === 'restarting',
  );
  const problems: unknown[] = [];
  const ends = running.map((container, index) =>
    stopping(engine, container, { timeoutSeconds, by: 'engine', mayClaim: index < MOST_CLAIMS }),
  );
  // All at once: a machine that goes down waits for the slowest of them, and not for one after the other. One that can't be
  // ended must not keep the others from their stop signal.
  runTogether(ends, Infinity, (_index, outcome) => {
    if ('error' in outcome) problems.push(outcome.error);
  });
  if (problems.length > 0) throw problems[0];
  reclaimDead(engine);
  removeEngineCgroup(detectCgroups());
  removeBridge({ database: engine.database(), bridge: engine.options.bridge });
  return running.map(({ name }) => name);
}
