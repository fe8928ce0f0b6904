/** Containers' records and directories: each has the other. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listContainers } from '../../../container/records.ts';
import { native } from '../../../kernel/native.ts';
import { isOwned } from '../../../state/ownership.ts';
import { containerDirectory } from '../../../state/paths.ts';
import type { Engine } from '../../engine.ts';
import { removeContainer } from '../../remove.ts';
import { filesIn } from '../files.ts';
import type { Problem } from '../check.ts';
import { shortId } from '../../../model/short-id.ts';

export function checkContainerDirectories(engine: Engine): Problem[] {
  const containers = listContainers(engine.database());
  const known = new Set(containers.map(({ id }) => id));
  // One that somebody owns may be on its way, in or out.
  const isStill = (id: string): boolean => !isOwned(engine.paths, id);
  const lost = containers.filter(({ id }) => isStill(id) && !existsSync(containerDirectory(engine.paths, id)));
  const strays = filesIn(join(engine.paths.root, 'containers')).filter((id) => /^[0-9a-f]{64}$/.test(id) && !known.has(id) && isStill(id));
  return [
    ...lost.map((container) => ({
      what: `container ${container.name} (${shortId(container.id)}) has lost its directory ${containerDirectory(engine.paths, container.id)}`,
      remedy: 'forgot the container',
      mend: () => removeContainer(engine, container, { force: false, volumes: false }),
    })),
    ...strays.map((id) => ({
      what: `${containerDirectory(engine.paths, id)} is of no container that is recorded`,
      remedy: 'removed',
      mend: () => native().removeTree(containerDirectory(engine.paths, id)),
    })),
  ];
}
