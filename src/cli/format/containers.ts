/** The table of `tsrun ps`. */
import { commandLine, describePorts } from '../../container/describe.ts';
import { shortId } from '../../container/names.ts';
import type { Container } from '../../model/container.ts';
import { ellipsis, goQuote, humanAgo, humanDuration } from './human.ts';
import { formatTable } from './table.ts';

const HEADER = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'];
const COMMAND_WIDTH = 20;

/** @param now milliseconds, as Date.now */
export function containerTable(containers: readonly Container[], now: number, truncate: boolean): string {
  return formatTable(
    HEADER,
    containers.map((container) => [
      truncate ? shortId(container.id) : container.id,
      imageText(container, truncate),
      goQuote(truncate ? ellipsis(commandLine(container.config), COMMAND_WIDTH) : commandLine(container.config)),
      humanAgo(container.createdAt, now),
      statusText(container, now),
      describePorts(container),
      container.name,
    ]),
  );
}

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
function imageText({ config, imageId }: Container, truncate: boolean): string {
  if (!truncate) return config.image;
  const hex = config.image.replace(/^sha256:/, '');
  if (imageId.startsWith(`sha256:${hex}`)) return shortId(imageId);
  return config.image.split('@', 1)[0] ?? '';
}
