/** `system df`: what images, containers and volumes hold on the disk. Source of the rules: moby, daemon/disk_usage.go. */
import { listVolumes, type Volume } from '../filesystem/volume-records.ts';
import { treeSize } from '../filesystem/tree-size.ts';
import { volumeData } from '../filesystem/volumes.ts';
import type { NamedImage } from '../image/filter.ts';
import type { Container } from '../model/container.ts';
import type { Digest } from '../model/image.ts';
import { removableSize } from './container-sizes.ts';
import type { Engine } from './engine.ts';
import { queryImages } from './images/list.ts';
import { queryContainers } from './list-containers.ts';

export interface ImageUsage extends NamedImage {
  /** Bytes of layers that another image has too, and of those that none has. */
  shared: number;
  unique: number;
  /** How many containers were made from it. */
  containers: number;
}

export interface ContainerUsage {
  container: Container;
  /** Bytes that it wrote, into its log too, which Docker leaves out. */
  size: number;
}

export interface VolumeUsage {
  volume: Volume;
  size: number;
  /** How many containers use it. */
  links: number;
}

export interface DiskUsage {
  images: ImageUsage[];
  /** Bytes of all layers of images, each counted once. */
  layers: number;
  containers: ContainerUsage[];
  volumes: VolumeUsage[];
}

/** Look at everything. Costs a walk through all that containers wrote and volumes hold. */
export function diskUsage(engine: Engine): DiskUsage {
  const containers = queryContainers(engine, { all: true, last: undefined, filters: [] });
  const images = queryImages(engine, { all: false, filters: [], pattern: undefined });
  const sizes = layerSizes(engine);
  const uses = countBy(images.flatMap(({ image }) => image.layers));
  return {
    images: images.map((each) => imageUsage(each, sizes, uses, containers)),
    layers: [...uses.keys()].reduce((sum, chainId) => sum + (sizes.get(chainId) ?? 0), 0),
    containers: containers.map((container) => ({ container, size: removableSize(engine, container) })),
    volumes: volumeUsages(engine),
  };
}

function imageUsage(
  named: NamedImage,
  sizes: ReadonlyMap<Digest, number>,
  uses: ReadonlyMap<Digest, number>,
  containers: readonly Container[],
): ImageUsage {
  const { layers, id, size } = named.image;
  const shared = layers.reduce((sum, chainId) => sum + ((uses.get(chainId) ?? 0) > 1 ? (sizes.get(chainId) ?? 0) : 0), 0);
  return { ...named, shared, unique: size - shared, containers: containers.filter(({ imageId }) => imageId === id).length };
}

function layerSizes(engine: Engine): Map<Digest, number> {
  const rows = engine.database().prepare('SELECT chain_id, size FROM layers').all();
  return new Map(rows.map((row) => [row['chain_id'] as Digest, Number(row['size'])]));
}

function countBy<Each>(list: readonly Each[]): Map<Each, number> {
  const counts = new Map<Each, number>();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}

function volumeUsages(engine: Engine): VolumeUsage[] {
  const rows = engine.database().prepare('SELECT volume, count(*) AS users FROM container_volumes GROUP BY volume').all();
  const links = new Map(rows.map((row) => [String(row['volume']), Number(row['users'])]));
  return listVolumes(engine.database()).map((volume) => ({
    volume,
    size: treeSize(volumeData(engine.paths, volume.name)),
    links: links.get(volume.name) ?? 0,
  }));
}
