/** Steps 4 and 5 for a container of this engine. */
import type { Container } from '../model/container.ts';
import { leaveNetwork, prepareNetwork, type NetworkAttachment } from '../network/index.ts';
import type { Engine } from './engine.ts';
import { runningPid } from './joined.ts';

/** The network that a container asks for. @throws TsrunError as `prepareNetwork` */
export function connectNetwork(engine: Engine, { id, config }: Container): NetworkAttachment {
  const context = { database: engine.database(), bridge: engine.options.bridge };
  if (config.network.type !== 'container') return prepareNetwork(context, { id, config });
  const other = config.network.id;
  const attachment = prepareNetwork(context, { id, config, joinedPid: runningPid(engine.paths, other, 'network') });
  try {
    // Still there after its namespace was opened: so what was opened is that container's.
    runningPid(engine.paths, other, 'network');
    return attachment;
  } catch (error) {
    leaveNetwork(attachment);
    throw error;
  }
}
