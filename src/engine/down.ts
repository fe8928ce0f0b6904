/** Take an engine down: end its containers, and give back what outlives them on the host. Images and records stay. */
import { closeSync } from 'node:fs';
import { listContainers } from '../container/records.ts';
import { withCurrentStates } from '../container/states.ts';
import { detectCgroups, removeEngineCgroup } from '../kernel/cgroup/index.ts';
import { isAlive, type Container } from '../model/container.ts';
import { removeBridge } from '../network/index.ts';
import type { Engine } from './engine.ts';
import { reclaimDead } from './reclaim.ts';
import { askToStop, stopContainer, type Asked } from './stop.ts';

/** Each is an open descriptor, and there may be a thousand containers. */
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
  const asked = new Map<Container, Asked | undefined>();
  const problems: unknown[] = [];
  // One that can't be ended must not keep the others from their stop signal.
  const forEach = (act: (container: Container) => void): void => {
    for (const container of running) {
      try {
        act(container);
      } catch (error) {
        problems.push(error);
      }
    }
  };
  try {
    // All at once: a machine that goes down waits for the slowest of them, and not for one after the other.
    forEach((container) => asked.set(container, askToStop(engine, container, 'engine', asked.size < MOST_CLAIMS)));
    forEach((container) => stopContainer(engine, container, { timeoutSeconds, by: 'engine', asked: asked.get(container) }));
  } finally {
    for (const each of asked.values()) if (each?.claim !== undefined) closeSync(each.claim);
  }
  if (problems.length > 0) throw problems[0];
  reclaimDead(engine);
  removeEngineCgroup(detectCgroups());
  removeBridge({ database: engine.database(), bridge: engine.options.bridge });
  return running.map(({ name }) => name);
}
