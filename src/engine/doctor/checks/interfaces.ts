/** Interfaces on the bridge that lead to no container: some process keeps the network namespace of one that ended. */
import { readStartedRecord } from '../../../container/states.ts';
import { strayInterfaces } from '../../../network/index.ts';
import { isContainerName, isOwned, liveNames } from '../../../state/ownership.ts';
import type { Engine } from '../../engine.ts';
import { whatStays, type Problem } from '../check.ts';

export function checkInterfaces(engine: Engine): Promise<Problem[]> {
  const look = (): ReturnType<typeof strayInterfaces> =>
    strayInterfaces({ database: engine.database(), bridge: engine.options.bridge }, () => livePids(engine));
  return whatStays(() =>
    look().map(({ name }) => ({
      what: `interface ${name} leads from the bridge to no container: a process still has the namespace of one that ended`,
      remedy: 'removed',
      mend: () =>
        look()
          .find((stray) => stray.name === name)
          ?.remove(),
    })),
  );
}

/** PID 1 of each container that runs; undefined where one is owned and has not started yet. */
function livePids({ paths }: Engine): number[] | undefined {
  const owned = liveNames(paths).filter((name) => isContainerName(name) && isOwned(paths, name));
  const pids = owned.map((id) => readStartedRecord(paths, id)?.pid);
  return pids.some((pid) => pid === undefined) ? undefined : pids.filter((pid) => pid !== undefined);
}
