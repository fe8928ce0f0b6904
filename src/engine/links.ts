/** `--link`: the containers that a container is linked to, as they are when it starts. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { updateLinkHosts, type LinkedContainer } from '../container/links.ts';
import { listNaming, readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { isAlive, type Container } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { isOwned } from '../state/ownership.ts';
import type { EnginePaths } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { networkFilePaths } from './network-file-paths.ts';

/** A container was started again: those that are linked to it, and run, find it at its new address. */
export function tellLinked(engine: Engine, { id, name, config }: Container, address: string | undefined): void {
  if (address === undefined) return;
  const { hostname, environment, exposedPorts } = config;
  for (const other of listNaming(engine.database(), id)) {
    const links = other.config.links.filter((link) => link.id === id);
    if (links.length === 0 || !isOwned(engine.paths, other.id)) continue;
    rewriteHosts(engine.paths, other.id, (text) =>
      links.reduce((each, link) => updateLinkHosts(each, { link, name, hostname, address, environment, exposedPorts }), text),
    );
  }
}

/**
 * Change the hosts file of a container, in place: it is this very file that is bound into the container. One that ended meanwhile has
 * none.
 */
export function rewriteHosts(paths: EnginePaths, id: string, change: (text: string) => string): void {
  const path = networkFilePaths(paths, id).hosts;
  try {
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    if (after === before) return;
    // Never made anew, should it go meanwhile.
    writeFileSync(path, after, { flag: 'r+' });
    truncateSync(path, Buffer.byteLength(after));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

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
