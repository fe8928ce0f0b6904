/** Published ports that the firewall leads to nobody, and those of running containers that it doesn't have. */
import { missingPorts, strayPorts } from '../../../network/index.ts';
import type { Engine } from '../../engine.ts';
import { isRunning } from '../../joined.ts';
import { once, whatStays, type Problem } from '../check.ts';
import { shortId } from '../../../model/short-id.ts';

export function checkPublishedPorts(engine: Engine): Promise<Problem[]> {
  return whatStays(() => look(engine));
}

function look(engine: Engine): Problem[] {
  const context = { database: engine.database(), bridge: engine.options.bridge };
  const strays = strayPorts(context).map(({ words, remove }) => ({
    what: `the firewall has port ${words}, which no container published`,
    remedy: 'taken out',
    mend: remove,
  }));
  const missing = missingPorts(context, (id) => isRunning(engine.paths, id)).map(({ words, containerId, publish }) => ({
    what: `port ${words} of container ${shortId(containerId)} is not in the firewall: nothing reaches it`,
    remedy: 'published again',
    mend: once(publish),
  }));
  return [...strays, ...missing];
}
