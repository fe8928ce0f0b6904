/** Steps 4 and 5 for a container of this engine. */
import type { Container } from '../model/container.ts';
import { prepareNetwork, type NetworkAttachment } from '../network/index.ts';
import type { Engine } from './engine.ts';
import { runningPid } from './joined.ts';

/** The network that a container asks for. @throws TsrunError as `prepareNetwork` */
export function connectNetwork(engine: Engine, container: Container): NetworkAttachment {
  const { network } = container.config;
  const joinedPid = network.type === 'container' ? runningPid(engine.paths, network.id, 'network') : undefined;
  return prepareNetwork(
    { database: engine.database(), bridge: engine.options.bridge },
    { id: container.id, config: container.config, joinedPid },
  );
}
