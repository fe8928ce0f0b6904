/** A new image from what a container changed. Source of what it records: moby, daemon/commit.go and image/image.go. */
import { applyChanges } from '../image/config-change/apply.ts';
import { addImage, closeLayerFile, newLayerPlace, openLayerFile, type NewLayer } from '../image/store/add-image.ts';
import type { Store } from '../image/store/ingest-types.ts';
import type { Container, ContainerConfig } from '../model/container.ts';
import type { Image, ImageConfig, ImageRunConfig } from '../model/image.ts';
import { recordContainerEvent } from '../container/events.ts';
import { imageOf, withChangeReader } from './container-view.ts';
import { storeOf, type Engine } from './engine.ts';
import { whileFrozen } from './freeze.ts';

export interface CommitRequest {
  author: string | undefined;
  comment: string | undefined;
  /** Dockerfile instructions. */
  changes: readonly string[];
  /** Stop the container's processes while it is read. */
  pause: boolean;
  /** Canonical name of the new image. */
  name: string | undefined;
}

/** An archive of nothing: its end mark. Such a layer is none. */
const EMPTY_TAR_BYTES = 1024;

/** @throws TsrunError INVALID_ARGUMENT for a wrong change, in Docker's words; NO_SPACE; NOT_FOUND without its image */
export async function commitContainer(engine: Engine, container: Container, request: CommitRequest): Promise<Image> {
  const base = imageOf(engine, container);
  // Before anything is stopped or written: most mistakes are here.
  const run = applyChanges(runConfigOf(container.config), request.changes);
  const store = storeOf(engine);
  const { scratch, path } = newLayerPlace(store);
  try {
    const layer = await writeLayer(engine, container, path, request.pause);
    const image = await record(store, container, base, run, layer.size === EMPTY_TAR_BYTES ? undefined : layer, request);
    recordContainerEvent(engine.database(), container, 'commit', {
      imageID: image.id,
      ...(request.comment ? { comment: request.comment } : {}),
    });
    return image;
  } finally {
    scratch.release();
  }
}

async function writeLayer(engine: Engine, container: Container, path: string, pause: boolean): Promise<NewLayer> {
  const out = openLayerFile(path);
  let closed = false;
  try {
    const made = await withChangeReader(engine, container, (reader, roots) => {
      const read = (): Promise<Pick<NewLayer, 'digest' | 'size'>> => reader.ask('archiveChanges', { roots, out });
      return pause && container.state.status === 'running' ? whileFrozen(container, read) : read();
    });
    closed = true;
    closeLayerFile(out);
    return { path, ...made, diffId: made.digest };
  } finally {
    if (!closed) closeLayerFile(out);
  }
}

async function record(
  store: Store,
  container: Container,
  base: Image,
  run: ImageRunConfig,
  layer: NewLayer | undefined,
  { author, comment, name }: CommitRequest,
): Promise<Image> {
  const created = new Date().toISOString();
  const byWhom = author === undefined ? {} : { author };
  const { architecture, os, variant, history, rootfs } = base.config;
  const config: ImageConfig = {
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    created,
    ...byWhom,
    config: run,
    rootfs: { type: 'layers', diff_ids: [...rootfs.diff_ids, ...(layer === undefined ? [] : [layer.digest])] },
    history: [
      ...(history ?? []),
      {
        created,
        ...byWhom,
        created_by: container.config.command.join(' '),
        ...(comment === undefined ? {} : { comment }),
        ...(layer === undefined ? { empty_layer: true } : {}),
      },
    ],
  };
  return addImage(store, config, { base, layer, names: name === undefined ? [] : [name] });
}

/** How the container is run, as an image's config says it. */
function runConfigOf(config: ContainerConfig): ImageRunConfig {
  const { entrypoint, command, environment, user, workingDirectory, labels, exposedPorts, mounts, stopSignal, healthcheck } = config;
  const volumes = mounts.flatMap((mount) => (mount.type === 'volume' && mount.name === undefined ? [mount.target] : []));
  return {
    ...(user === '' ? {} : { User: user }),
    ...(exposedPorts.length === 0 ? {} : { ExposedPorts: emptyObjects(exposedPorts) }),
    // A bare NAME took the image's variable away.
    Env: environment.filter((text) => text.includes('=')),
    Cmd: command.length === 0 ? null : command,
    ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
    ...(volumes.length === 0 ? {} : { Volumes: emptyObjects(volumes) }),
    WorkingDir: workingDirectory,
    ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }),
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    ...(healthcheck === undefined ? {} : healthcheckOf(healthcheck)),
  };
}

function healthcheckOf({
  test,
  interval,
  timeout,
  startPeriod,
  startInterval,
  retries,
}: NonNullable<ContainerConfig['healthcheck']>): Pick<ImageRunConfig, 'Healthcheck'> {
  const given = startInterval === undefined ? {} : { StartInterval: startInterval };
  return { Healthcheck: { Test: test, Interval: interval, Timeout: timeout, StartPeriod: startPeriod, ...given, Retries: retries } };
}

function emptyObjects(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.toSorted().map((name) => [name, {}]));
}
