/**
 * `rmi`: what goes when somebody removes an image, and what stands in the way. The rules are Docker's (moby,
 * daemon/images/image_delete.go): a name goes first, and the image with its last name; by ID, the image goes with all names if
 * they are of one repository. All of it is rows in one transaction; the disk follows (image/store/collect.ts).
 */
import { shortId } from '../../model/short-id.ts';
import { listContainers } from '../../container/records.ts';
import { currentState } from '../../container/states.ts';
import { parseReference } from '../../image/reference/parse.ts';
import { canonicalName, familiarName } from '../../image/reference/reference.ts';
import { removeFromStore } from '../../image/store/collect.ts';
import { forgetImage, forgetLayers, hideImage } from '../../image/store/forget.ts';
import { recordImageEvent } from '../../image/store/image-events.ts';
import { imageNames, readImage } from '../../image/store/images.ts';
import { isAlive } from '../../model/container.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Digest, Image } from '../../model/image.ts';
import { storeOf, type Engine } from '../engine.ts';
import { imageAsTyped } from './find.ts';
import { isOneRepository, isTag, repositoryOf } from './names.ts';

/** One line of what a removal did: a name (as people write it), or an image or layer. */
export type RemovalRecord = { type: 'untagged'; name: string } | { type: 'deleted'; id: Digest; bytes: number };

export interface ImageRemoveOptions {
  /** Remove it though it has several names, or a container that doesn't run was made from it. */
  force: boolean;
  /** Remove its parents too, where nothing else needs them. */
  pruneParents: boolean;
}

/**
 * Remove an image by name or ID.
 * @throws TsrunError NOT_FOUND; CONFLICT in Docker's words, when it is used
 */
export function removeImage(engine: Engine, text: string, options: ImageRemoveOptions): RemovalRecord[] {
  return removeFromStore(storeOf(engine), (held) => removeImageRows(engine, text, options, held));
}

/** As `removeImage`, inside a writing transaction. It refuses before it changes anything. */
export function removeImageRows(engine: Engine, text: string, options: ImageRemoveOptions, held: ReadonlySet<Digest>): RemovalRecord[] {
  const store = storeOf(engine);
  const image = imageAsTyped(store, text);
  const records: RemovalRecord[] = [];
  const isById = image.id.startsWith(text) || image.id.slice('sha256:'.length).startsWith(text);
  const names = imageNames(store, image.id);
  if (isById) {
    if (isOneRepository(names)) {
      // They all go with the image, so several of them are no conflict.
      refuse(findConflict(engine, image.id, { soft: !options.force, names: false }));
      untag(engine, image.id, names, records);
    }
  } else {
    const name = canonicalName(parseReference(text));
    if (!options.force && isOneRepository(names)) refuseUsed(engine, image.id, text);
    untag(engine, image.id, [name], records);
    // Digests of a repository go with its last tag, and Docker has no event for them.
    const rest = imageNames(store, image.id);
    if (isTag(name) && !rest.some((each) => isTag(each) && repositoryOf(each) === repositoryOf(name)))
      untag(
        engine,
        image.id,
        rest.filter((each) => repositoryOf(each) === repositoryOf(name)),
        records,
        false,
      );
    if (imageNames(store, image.id).length > 0) return records;
  }
  removeUnlessUsed(engine, image.id, { ...options, quiet: !isById }, held, records);
  return records;
}

/** A name was asked for, and it is the last one of an image that a container was made from. */
function refuseUsed(engine: Engine, id: Digest, text: string): void {
  const user = listContainers(engine.database()).find((container) => container.imageId === id);
  if (user === undefined) return;
  throw new TsrunError(
    'CONFLICT',
    `conflict: unable to remove repository reference ${JSON.stringify(text)} (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(id)}`,
    { path: text, hint: `remove the container first: tsrun rm ${user.name}` },
  );
}

/** Take names away from an image. `isTold`: as an event, too. */
function untag(engine: Engine, id: Digest, names: readonly string[], records: RemovalRecord[], isTold = true): void {
  const store = storeOf(engine);
  const image = readImage(store, id);
  const remove = store.database.prepare('DELETE FROM image_names WHERE name = ?');
  for (const name of names) {
    remove.run(name);
    if (isTold) recordImageEvent(store, 'untag', id, id, image);
    records.push({ type: 'untagged', name: familiarName(parseReference(name)) });
  }
}

interface Conflict {
  message: string;
  /** No force helps. */
  isHard: boolean;
  /** By a container. */
  isUsed: boolean;
  id: Digest;
}

/** What stands in the way of removing an image. With `soft`, also what force overcomes; with `names`, that it has some. */
function findConflict(engine: Engine, id: Digest, look: { soft: boolean; names: boolean }): Conflict | undefined {
  const conflict = (isHard: boolean, isUsed: boolean, message: string): Conflict => ({ id, isHard, isUsed, message });
  if (hasChildren(engine, id)) return conflict(true, false, 'image has dependent child images');
  const users = listContainers(engine.database()).filter((container) => container.imageId === id);
  const running = users.find((container) => isAlive(currentState(engine.paths, container)));
  if (running !== undefined) return conflict(true, true, `image is being used by running container ${shortId(running.id)}`);
  if (!look.soft) return undefined;
  if (look.names && imageNames(storeOf(engine), id).length > 0)
    return conflict(false, false, 'image is referenced in multiple repositories');
  const stopped = users[0];
  return stopped === undefined ? undefined : conflict(false, true, `image is being used by stopped container ${shortId(stopped.id)}`);
}

function refuse(conflict: Conflict | undefined): void {
  if (conflict === undefined) return;
  const { id, isHard, message } = conflict;
  throw new TsrunError(
    'CONFLICT',
    `conflict: unable to delete ${shortId(id)} (${isHard ? 'cannot be forced' : 'must be forced'}) - ${message}`,
    { path: id },
  );
}

function hasChildren(engine: Engine, id: Digest): boolean {
  return engine.database().prepare('SELECT 1 FROM images WHERE parent = ? AND hidden = 0 LIMIT 1').get(id) !== undefined;
}

/** @param options `quiet`: a name went already, which is enough where the image is needed */
function removeUnlessUsed(
  engine: Engine,
  id: Digest,
  options: ImageRemoveOptions & { quiet: boolean },
  held: ReadonlySet<Digest>,
  records: RemovalRecord[],
): void {
  const store = storeOf(engine);
  const image = readImage(store, id);
  if (image === undefined) return;
  const conflict = findConflict(engine, id, { soft: !options.force, names: true });
  if (conflict !== undefined) {
    const isDangling = imageNames(store, id).length === 0 && !hasChildren(engine, id);
    if (options.quiet && (!isDangling || conflict.isUsed)) return;
    refuse(conflict);
  }
  untag(engine, id, imageNames(store, id), records);
  deleteImage(engine, image, held, records);
  if (options.pruneParents && image.parent !== undefined)
    removeUnlessUsed(engine, image.parent, { force: false, pruneParents: true, quiet: true }, held, records);
}

function deleteImage(engine: Engine, image: Image, held: ReadonlySet<Digest>, records: RemovalRecord[]): void {
  const store = storeOf(engine);
  const isUsed = engine.database().prepare('SELECT 1 FROM containers WHERE image_id = ? LIMIT 1').get(image.id) !== undefined;
  if (isUsed) hideImage(store, image.id);
  else forgetImage(store, image.id);
  // It is gone, and its labels with it, as in Docker.
  recordImageEvent(store, 'delete', image.id, image.id, undefined);
  records.push({ type: 'deleted', id: image.id, bytes: 0 });
  if (isUsed) return;
  for (const layer of forgetLayers(store, image.layers, held)) records.push({ type: 'deleted', id: layer.chainId, bytes: layer.size });
}
