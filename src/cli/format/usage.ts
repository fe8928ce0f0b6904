/** What `system df` shows. Source: docker/cli, formatter/disk_usage.go. */
import type { ContainerUsage, DiskUsage, ImageUsage, VolumeUsage } from '../../engine/disk-usage.ts';
import { isAlive, type Container } from '../../model/container.ts';
import type { EnginePaths } from '../../state/paths.ts';
import { containerListing, type ContainerView } from './containers.ts';
import { humanSize } from '../../model/size.ts';
import { shortSize } from './human.ts';
import { imageLines, imageListing, type ImageLine, type ImageView } from './images.ts';
import type { Listing } from './listing.ts';
import { volumeListing } from './volumes.ts';

/** One line of the summary. */
export interface UsageLine {
  type: string;
  total: number;
  active: number;
  bytes: number;
  /** Bytes that nothing active holds. */
  reclaimable: number;
}

/** A line each for images, containers, volumes and the build cache, which is always empty here. */
export function usageLines(usage: DiskUsage): UsageLine[] {
  const { images, containers, volumes, layers } = usage;
  const sum = (list: readonly { size: number }[]): number => list.reduce((total, each) => total + each.size, 0);
  const usedImages = images.filter((image) => image.containers > 0);
  const running = containers.filter(({ container }) => isAlive(container.state) || container.state.status === 'restarting');
  const used = volumes.filter(({ links }) => links > 0);
  return [
    {
      type: 'Images',
      total: images.length,
      active: usedImages.length,
      bytes: layers,
      reclaimable: layers - usedImages.reduce((total, { unique }) => total + unique, 0),
    },
    {
      type: 'Containers',
      total: containers.length,
      active: running.length,
      bytes: sum(containers),
      reclaimable: sum(containers) - sum(running),
    },
    { type: 'Local Volumes', total: volumes.length, active: used.length, bytes: sum(volumes), reclaimable: sum(volumes) - sum(used) },
    { type: 'Build Cache', total: 0, active: 0, bytes: 0, reclaimable: 0 },
  ];
}

export const usageListing: Listing<UsageLine> = {
  type: '*formatter.diskUsageImagesContext',
  columns: {
    Active: { title: 'ACTIVE', text: ({ active }) => String(active) },
    Reclaimable: { title: 'RECLAIMABLE', text: reclaimableText },
    Size: { title: 'SIZE', text: ({ bytes }) => humanSize(bytes) },
    TotalCount: { title: 'TOTAL', text: ({ total }) => String(total) },
    Type: { title: 'TYPE', text: ({ type }) => type },
  },
  table: ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'],
  id: 'Type',
  raw: {
    id: 'type',
    template: 'type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n',
  },
};

function reclaimableText({ bytes, reclaimable }: UsageLine): string {
  return bytes > 0 ? `${humanSize(reclaimable)} (${Math.trunc((reclaimable * 100) / bytes)}%)` : humanSize(reclaimable);
}

type ImageUsageLine = ImageLine & { usage: ImageUsage };

/** A line for each name of each image. */
export function imageUsageLines(images: readonly ImageUsage[]): ImageUsageLine[] {
  return images.flatMap((usage) => imageLines([usage], false).map((line) => ({ ...line, usage })));
}

/** Of `system df -v`, as the next two. */
export function imageUsageListing(view: ImageView): Listing<ImageUsageLine> {
  const { columns, ...rest } = imageListing(view);
  return {
    ...rest,
    columns: {
      ...columns,
      Containers: { title: 'CONTAINERS', text: ({ usage }) => String(usage.containers) },
      // Docker doesn't look for any here.
      Digest: { title: 'DIGEST', text: () => '' },
      SharedSize: { title: 'SHARED SIZE', text: ({ usage }) => humanSize(usage.shared) },
      UniqueSize: { title: 'UNIQUE SIZE', text: ({ usage }) => humanSize(usage.unique) },
    },
    table: ['Repository', 'Tag', 'ID', 'CreatedSince', 'VirtualSize', 'SharedSize', 'UniqueSize', 'Containers'],
  };
}

export function containerUsageListing(view: ContainerView, sizes: ReadonlyMap<string, number>): Listing<Container> {
  const { columns, ...rest } = containerListing(view);
  return {
    ...rest,
    columns: { ...columns, Size: { title: 'SIZE', text: ({ id }) => shortSize(sizes.get(id) ?? 0) } },
    table: ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'],
  };
}

/** Of what a container wrote, by its ID. */
export const sizesById = (containers: readonly ContainerUsage[]): Map<string, number> =>
  new Map(containers.map(({ container, size: bytes }) => [container.id, bytes]));

export function volumeUsageListing(paths: EnginePaths): Listing<VolumeUsage> {
  const { columns, raw } = volumeListing(paths);
  const plain = Object.entries(columns).map(([name, column]) => [
    name,
    { ...column, text: ({ volume }: VolumeUsage) => column.text(volume) },
  ]);
  return {
    type: '*formatter.volumeContext',
    columns: {
      ...(Object.fromEntries(plain) as Listing<VolumeUsage>['columns']),
      Links: { title: 'LINKS', text: ({ links }) => String(links) },
      Size: { title: 'SIZE', text: (usage) => humanSize(usage.size) },
    },
    table: ['Name', 'Links', 'Size'],
    id: 'Name',
    ...(raw === undefined ? {} : { raw }),
  };
}
