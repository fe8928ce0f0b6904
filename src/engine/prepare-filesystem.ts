/** Step 3: the writable layer over the image's read-only ones, the volumes, and who the user is in there. */
import type { ResolvedUser } from '../container/oci-config.ts';
import { allocateOverlay, allowRemount, openOverlay, wholeRoot, type ContainerOverlay } from '../filesystem/overlay.ts';
import { withRoot } from '../filesystem/read-root.ts';
import { takeOverModes } from '../filesystem/tmpfs-mode.ts';
import { readImageUserFiles, readUserFilesIn, type UserFiles } from '../filesystem/user-files.ts';
import { prepareMounts } from '../filesystem/volumes.ts';
import type { Container } from '../model/container.ts';
import type { Image } from '../model/image.ts';
import type { ResolvedMount } from '../model/resolved-mount.ts';
import { resolveUser } from '../process/user.ts';
import type { Engine } from './engine.ts';

/** A container's filesystem, ready to be mounted by its own process. */
export interface ContainerFilesystem {
  overlay: ContainerOverlay;
  mounts: ResolvedMount[];
  user: ResolvedUser;
}

/**
 * Make a new container's filesystem.
 * @throws TsrunError NOT_FOUND for an unknown user or a missing bind source, INVALID_ARGUMENT, NO_SPACE.
 */
export function allocateFilesystem(engine: Engine, container: Container, image: Image): ContainerFilesystem {
  const overlay = allocateOverlay(engine.paths, container.id, image);
  return complete(engine, container, overlay, () => readImageUserFiles(engine.paths, image));
}

/** The filesystem that a container had when it last ran: what its programs changed counts, its own passwd too. */
export function reopenFilesystem(engine: Engine, container: Container, image: Image): ContainerFilesystem {
  const overlay = openOverlay(engine.paths, container.id, image);
  if (container.config.removeOnExit) allowRemount(overlay);
  return complete(engine, container, overlay, () => withRoot(wholeRoot(overlay), readUserFilesIn));
}

function complete(engine: Engine, container: Container, overlay: ContainerOverlay, userFiles: () => UserFiles): ContainerFilesystem {
  const { config } = container;
  const user = resolveUser(config.user, config.groupAdd, userFiles());
  const mounts = prepareMounts({ database: engine.database(), paths: engine.paths }, container, wholeRoot(overlay));
  // Not of the container's own layer, which has the mount points that an earlier start made.
  return { overlay, mounts: takeOverModes(mounts, overlay), user };
}
