/** `--link`: the containers that a container is linked to, as they are when it starts. */
import type { LinkedContainer } from '../container/links.ts';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { isAlive, type Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { Engine } from './engine.ts';

/** @throws TsrunError CONFLICT for one that doesn't run, in Docker's words */
export function findLinked(engine: Engine, container: Container): LinkedContainer[] {
  return container.config.links.map((link) => {
    const linked = readContainer(engine.database(), link.id);
    const state = linked === undefined ? undefined : currentState(engine.paths, linked);
    if (linked === undefined || state === undefined || !isAlive(state) || state.address === undefined) {
      throw new TsrunError('CONFLICT', `Cannot link to a non running container: /${link.name} AS /${container.name}/${link.alias}`, {
        step: 4,
        path: link.name,
        hint: linked === undefined ? 'it was removed' : `start it first: tsrun start ${linked.name}`,
      });
    }
    const { hostname, environment, exposedPorts } = linked.config;
    return { link, name: linked.name, hostname, address: state.address, environment, exposedPorts };
  });
}
