/** Objects by what people call them, in the shape of Docker's `inspect`. */
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspectContainer } from '../container/inspect.ts';
import type { NetworkFacts } from '../container/inspect-network.ts';
import { containerOverlay } from '../filesystem/overlay.ts';
import { inspectVolume } from '../filesystem/inspect-volume.ts';
import { inspectImage } from '../image/inspect-image.ts';
import { parseReference } from '../image/reference/parse.ts';
import { familiarName } from '../image/reference/reference.ts';
import { imageNames, readImage } from '../image/store/images.ts';
import { isAlive, type Container } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { containerDirectory } from '../state/paths.ts';
import { containerSizes } from './container-sizes.ts';
import { containerOf } from './current.ts';
import type { Engine } from './engine.ts';
import { imageAsTyped } from './images/find.ts';
import { runningExecs } from './running-execs.ts';
import { volumeOf } from './volumes.ts';

/**
 * @param size tell the sizes of a container too
 * @throws TsrunError NOT_FOUND `No such container: x`, CONFLICT where several are meant
 */
export type Inspect = (engine: Engine, name: string, size: boolean) => Record<string, unknown>;

export const inspectContainerOf: Inspect = (engine, name, size) => {
  const container = containerOf(engine, name);
  const sizes = size ? containerSizes(engine, container) : undefined;
  return inspectContainer(container, {
    paths: engine.paths,
    network: networkFacts(engine),
    sizes,
    lower: lowerDirectories(engine, container),
    execs: runningExecs(container),
    hasLog: existsSync(join(containerDirectory(engine.paths, container.id), `${container.id}-json.log`)),
    networkNamespace: isAlive(container.state) ? networkNamespaceOf(container.state.pid) : undefined,
  });
};

function lowerDirectories(engine: Engine, { id, imageId }: Container): string[] {
  const image = readImage({ paths: engine.paths, database: engine.database() }, imageId);
  const { directory, lower } = image === undefined ? { directory: '', lower: [] } : containerOverlay(engine.paths, id, image);
  return lower.map((name) => join(directory, name));
}

/** The number in `net:[4026531840]`; undefined where it has just ended. */
function networkNamespaceOf(pid: number): string | undefined {
  try {
    return /\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0];
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

function networkFacts(engine: Engine): NetworkFacts | undefined {
  const row = engine.database().prepare("SELECT subnet, gateway FROM networks WHERE name = 'bridge'").get();
  return row === undefined ? undefined : { subnet: String(row['subnet']), gateway: String(row['gateway']) };
}

export const inspectImageOf: Inspect = (engine, name) => {
  const store = { paths: engine.paths, database: engine.database() };
  const image = imageAsTyped(store, name);
  const names = imageNames(store, image.id).map((each) => familiarName(parseReference(each)));
  return inspectImage(image, names, engine.paths);
};

export const inspectVolumeOf: Inspect = (engine, name) => inspectVolume(engine.paths, volumeOf(engine, name));
