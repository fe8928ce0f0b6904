/** What `stats` shows of a container. Source: docker/cli, command/container/formatter_stats.go. */
import type { ContainerStats } from '../../engine/stats.ts';
import { shortId } from '../../model/short-id.ts';
import { binarySize, shortSize } from './human.ts';
import type { Listing } from './listing.ts';

export interface StatsLine {
  id: string;
  name: string;
  /** As it was asked for. */
  asked: string;
  /** undefined: nothing is known yet. */
  stats: ContainerStats | undefined;
}

const UNKNOWN = '--';

/** The columns of `stats`. */
export function statsListing(truncate: boolean): Listing<StatsLine> {
  const shown =
    (text: (stats: ContainerStats) => string) =>
    ({ stats }: StatsLine): string =>
      stats === undefined ? UNKNOWN : text(stats);
  const pair =
    (text: (stats: ContainerStats) => [string, string]): ((line: StatsLine) => string) =>
    ({ stats }) =>
      stats === undefined ? `${UNKNOWN} / ${UNKNOWN}` : text(stats).join(' / ');
  return {
    type: '*container.statsContext',
    columns: {
      BlockIO: { title: 'BLOCK I/O', text: pair(({ read, written }) => [shortSize(read), shortSize(written)]) },
      CPUPerc: { title: 'CPU %', text: shown(({ cpuPercent }) => `${cpuPercent.toFixed(2)}%`) },
      Container: { title: 'CONTAINER', text: ({ asked }) => asked },
      ID: { title: 'CONTAINER ID', text: ({ id }) => (truncate ? shortId(id) : id) },
      MemPerc: {
        title: 'MEM %',
        text: shown(({ memory, memoryLimit }) => `${(memoryLimit === 0 ? 0 : (memory / memoryLimit) * 100).toFixed(2)}%`),
      },
      MemUsage: { title: 'MEM USAGE / LIMIT', text: pair(({ memory, memoryLimit }) => [binarySize(memory), binarySize(memoryLimit)]) },
      Name: { title: 'NAME', text: ({ name }) => name },
      NetIO: { title: 'NET I/O', text: pair(({ received, sent }) => [shortSize(received), shortSize(sent)]) },
      PIDs: { title: 'PIDS', text: shown(({ pids }) => String(pids)) },
    },
    table: ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'],
    id: 'ID',
  };
}
