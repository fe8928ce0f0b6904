/** What lists show of containers. Source: docker/cli, formatter/container.go. */
import { commandLine, describePorts } from '../../container/describe.ts';
import { mountNames } from '../../container/inspect-mounts.ts';
import { shortId } from '../../model/short-id.ts';
import type { Container } from '../../model/container.ts';
import { quoteGo } from '../template/quote.ts';
import { ellipsis, humanAgo, humanDuration, shortSize } from './human.ts';
import type { Column, Listing } from './listing.ts';
import { goTime } from './go-time.ts';

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;
const TABLE = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];

/** How to show containers, and what must be looked up for it. */
export interface ContainerView {
  /** Milliseconds, as Date.now. */
  now: number;
  truncate: boolean;
  /** A column more: SIZE. */
  size: boolean;
  /** The image's name as it is now. */
  imageName: (container: Container) => string;
  /** Bytes of the container's own layer, and of that and its image. */
  sizes: (container: Container) => { own: number; whole: number };
}

/** The columns of `ps`. */
export function containerListing(view: ContainerView): Listing<Container> {
  const { now, truncate } = view;
  const columns: Record<string, Column<Container>> = {
    Command: { title: 'COMMAND', text: ({ config }) => quoteGo(shortened(commandLine(config), truncate, COMMAND_WIDTH)) },
    CreatedAt: { title: 'CREATED AT', text: ({ createdAt }) => goTime(createdAt) },
    ID: { title: 'CONTAINER ID', text: ({ id }) => (truncate ? shortId(id) : id) },
    Image: { title: 'IMAGE', text: (container) => imageText(container, view) },
    Labels: { title: 'LABELS', text: ({ config }) => labelText(config.labels) },
    LocalVolumes: {
      title: 'LOCAL VOLUMES',
      text: (container) => String(mountNames(container).filter(({ type }) => type === 'volume').length),
    },
    Mounts: {
      title: 'MOUNTS',
      text: (container) =>
        mountNames(container)
          .map(({ name }) => shortened(name, truncate, MOUNT_WIDTH))
          .join(','),
    },
    Names: { title: 'NAMES', text: ({ name }) => name },
    Networks: { title: 'NETWORKS', text: ({ config }) => (config.network.type === 'container' ? '' : config.network.type) },
    Ports: { title: 'PORTS', text: describePorts },
    RunningFor: { title: 'CREATED', text: ({ createdAt }) => humanAgo(createdAt, now) },
    Size: { title: 'SIZE', text: (container) => sizeText(view.sizes(container)) },
    State: { title: 'STATE', text: ({ state }) => state.status },
    Status: { title: 'STATUS', text: (container) => statusText(container, now) },
  };
  return {
    type: '*formatter.ContainerContext',
    columns,
    table: view.size ? [...TABLE, 'Size'] : TABLE,
    id: 'ID',
    raw: { id: 'container_id', template: rawTemplate(view.size) },
    labels: ({ config }) => config.labels,
    complaints: { parse: 'failed to parse template', execute: 'failed to execute template' },
  };
}

function rawTemplate(size: boolean): string {
  const lines = {
    container_id: 'ID',
    image: 'Image',
    command: 'Command',
    created_at: 'CreatedAt',
    state: 'State',
    status: 'Status',
    names: 'Names',
    labels: 'Labels',
    ports: 'Ports',
    ...(size ? { size: 'Size' } : {}),
  };
  return Object.entries(lines)
    .map(([word, name]) => `${word}: {{- with .${name}}} {{.}}{{end}}\n`)
    .join('');
}

const shortened = (text: string, truncate: boolean, width: number): string => (truncate ? ellipsis(text, width) : text);

/** `a=b,c=d` */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .toSorted()
    .map((name) => `${name}=${labels[name]}`)
    .join(',');
}

const sizeText = ({ own, whole }: { own: number; whole: number }): string => `${shortSize(own)} (virtual ${shortSize(whole)})`;

/** `Up 59 seconds (healthy)`, `Exited (137) 2 minutes ago`, `Created`. Source: moby, container/state.go. */
function statusText({ state, health }: Container, now: number): string {
  switch (state.status) {
    case 'creating':
    case 'created':
      return 'Created';
    case 'running': {
      const up = `Up ${humanDuration(now - Date.parse(state.startedAt))}`;
      if (health === undefined) return up;
      return `${up} (${health.status === 'starting' ? 'health: starting' : health.status})`;
    }
    case 'paused':
      return `Up ${humanDuration(now - Date.parse(state.startedAt))} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${humanAgo(state.finishedAt, now)}`;
    case 'exited':
      return `Exited (${state.exitCode}) ${humanAgo(state.finishedAt, now)}`;
  }
}

/** The image as it was asked for; an ID is shortened, a digest beside a name is left out. */
function imageText(container: Container, { truncate, imageName }: ContainerView): string {
  const name = imageName(container);
  if (!truncate) return name;
  const hex = name.replace(/^sha256:/, '');
  if (container.imageId.startsWith(`sha256:${hex}`)) return shortId(container.imageId);
  return name.split('@', 1)[0] ?? '';
}
