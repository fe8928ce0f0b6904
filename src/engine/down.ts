/** Take an engine down: end its containers, and give back what outlives them on the host. Images and records stay. */
import { closeSync } from 'node:fs';
import { listContainers } from '../container/records.ts';
import { withCurrentStates } from '../container/states.ts';
import { detectCgroups, removeEngineCgroup } from '../kernel/cgroup/index.ts';
import { isAlive } from '../model/container.ts';
import { removeBridge } from '../network/index.ts';
import type { Engine } from './engine.ts';
import { reclaimDead } from './reclaim.ts';
import { askToStop, stopContainer, type Asked } from './stop.ts';

/** Each is an open descriptor, and there may be a thousand containers. */
const MOST_CLAIMS = 200;

/**
 * Stop what runs, then remove the bridge, its firewall table and rules, and put ip_forward back as it was.
 * @returns the names of the containers that were stopped.
 */
export function takeDown(engine: Engine, timeoutSeconds: number | undefined): string[] {
  const running = withCurrentStates(engine.paths, listContainers(engine.database())).filter(
    ({ state }) => isAlive(state) || state.status === 'restarting',
  );
  const asked: (Asked | undefined)[] = [];
  try {
    // All at once: a machine that goes down waits for the slowest of them, and not for one after the other.
    for (const [index, container] of running.entries()) asked.push(askToStop(engine, container, 'engine', index < MOST_CLAIMS));
    for (const [index, container] of running.entries())
      stopContainer(engine, container, { timeoutSeconds, by: 'engine', asked: asked[index] });
  } finally {
    for (const each of asked) if (each?.claim !== undefined) closeSync(each.claim);
  }
  reclaimDead(engine);
  removeEngineCgroup(detectCgroups());
  removeBridge({ database: engine.database(), bridge: engine.options.bridge });
  return running.map(({ name }) => name);
}
