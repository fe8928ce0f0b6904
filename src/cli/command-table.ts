/** The commands by name. Each is loaded when it is called: what a run doesn't use, it doesn't pay for. */
import type { Command } from './command.ts';

export interface CommandEntry {
  summary: string;
  load: () => Promise<Command>;
}

const entry = (summary: string, load: CommandEntry['load']): CommandEntry => ({ summary, load });

const containerCommands = {
  attach: entry(
    'Attach local standard input, output, and error streams to a running container',
    async () => (await import('./commands/attach.ts')).command,
  ),
  commit: entry("Create a new image from a container's changes", async () => (await import('./commands/commit.ts')).command),
  cp: entry('Copy files/folders between a container and the local filesystem', async () => (await import('./commands/cp.ts')).command),
  create: entry('Create a new container', async () => (await import('./commands/create.ts')).command),
  diff: entry(
    "Inspect changes to files or directories on a container's filesystem",
    async () => (await import('./commands/diff.ts')).command,
  ),
  exec: entry('Run a command in a running container', async () => (await import('./commands/exec.ts')).command),
  export: entry("Export a container's filesystem as a tar archive", async () => (await import('./commands/export.ts')).command),
  inspect: entry(
    'Display detailed information on one or more containers',
    async () => (await import('./commands/inspect.ts')).containerInspect,
  ),
  kill: entry('Kill one or more running containers', async () => (await import('./commands/kill.ts')).command),
  logs: entry('Fetch the logs of a container', async () => (await import('./commands/logs.ts')).command),
  ls: entry('List containers', async () => (await import('./commands/ps.ts')).command),
  pause: entry('Pause all processes within one or more containers', async () => (await import('./commands/pause.ts')).pause),
  port: entry('List port mappings or a specific mapping for the container', async () => (await import('./commands/port.ts')).command),
  prune: entry('Remove all stopped containers', async () => (await import('./commands/container-prune.ts')).command),
  rename: entry('Rename a container', async () => (await import('./commands/rename.ts')).command),
  restart: entry('Restart one or more containers', async () => (await import('./commands/restart.ts')).command),
  rm: entry('Remove one or more containers', async () => (await import('./commands/rm.ts')).command),
  run: entry('Run a command in a new container', async () => (await import('./commands/run.ts')).command),
  start: entry('Start one or more stopped containers', async () => (await import('./commands/start.ts')).command),
  stats: entry(
    'Display a live stream of container(s) resource usage statistics',
    async () => (await import('./commands/stats.ts')).command,
  ),
  stop: entry('Stop one or more running containers', async () => (await import('./commands/stop.ts')).command),
  top: entry('Display the running processes of a container', async () => (await import('./commands/top.ts')).command),
  unpause: entry('Unpause all processes within one or more containers', async () => (await import('./commands/pause.ts')).unpause),
  update: entry('Update configuration of one or more containers', async () => (await import('./commands/update.ts')).command),
  wait: entry(
    'Block until one or more containers stop, then print their exit codes',
    async () => (await import('./commands/wait.ts')).command,
  ),
} satisfies Record<string, CommandEntry>;

const imageCommands = {
  history: entry('Show the history of an image', async () => (await import('./commands/history.ts')).command),
  import: entry(
    'Import the contents from a tarball to create a filesystem image',
    async () => (await import('./commands/import.ts')).command,
  ),
  inspect: entry('Display detailed information on one or more images', async () => (await import('./commands/inspect.ts')).imageInspect),
  load: entry('Load an image from a tar archive or STDIN', async () => (await import('./commands/load.ts')).command),
  ls: entry('List images', async () => (await import('./commands/images.ts')).command),
  prune: entry('Remove unused images', async () => (await import('./commands/image-prune.ts')).command),
  pull: entry('Pull an image or a repository from a registry', async () => (await import('./commands/pull.ts')).command),
  push: entry('Push an image or a repository to a registry', async () => (await import('./commands/push.ts')).command),
  rm: entry('Remove one or more images', async () => (await import('./commands/rmi.ts')).command),
  save: entry(
    'Save one or more images to a tar archive (streamed to STDOUT by default)',
    async () => (await import('./commands/save.ts')).command,
  ),
  tag: entry('Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE', async () => (await import('./commands/tag.ts')).command),
} satisfies Record<string, CommandEntry>;

const systemCommands = {
  df: entry('Show tsrun disk usage', async () => (await import('./commands/system-df.ts')).command),
  events: entry('Show what happens, as it happens', async () => (await import('./commands/events.ts')).command),
  info: entry('Display system-wide information', async () => (await import('./commands/info.ts')).command),
  prune: entry('Remove unused data', async () => (await import('./commands/system-prune.ts')).command),
} satisfies Record<string, CommandEntry>;

const volumeCommands = {
  create: entry('Create a volume', async () => (await import('./commands/volume.ts')).create),
  inspect: entry('Display detailed information on one or more volumes', async () => (await import('./commands/inspect.ts')).volumeInspect),
  ls: entry('List volumes', async () => (await import('./commands/volume.ts')).ls),
  prune: entry('Remove all unused local volumes', async () => (await import('./commands/volume-prune.ts')).command),
  rm: entry('Remove one or more volumes', async () => (await import('./commands/volume.ts')).rm),
} satisfies Record<string, CommandEntry>;

/** Those of a group that are not called by the same name alone. */
const { inspect: _container, ls: listContainers, prune: _containers, ...plainContainer } = containerCommands;
const { inspect: _image, ls: listImages, prune: _images, rm: removeImages, ...plainImage } = imageCommands;
const { df: _usage, prune: _unused, ...plainSystem } = systemCommands;

/** `tsrun NAME`. */
export const commands: Record<string, CommandEntry> = {
  ...plainContainer,
  ...plainImage,
  ...plainSystem,
  down: entry(
    'Stop all containers, and remove the bridge and its firewall rules',
    async () => (await import('./commands/down.ts')).command,
  ),
  doctor: entry('Look whether anything is wrong with what tsrun keeps', async () => (await import('./commands/doctor.ts')).command),
  images: listImages,
  inspect: entry('Return low-level information on tsrun objects', async () => (await import('./commands/inspect.ts')).command),
  login: entry('Log in to a registry', async () => (await import('./commands/login.ts')).command),
  logout: entry('Log out from a registry', async () => (await import('./commands/logout.ts')).command),
  ps: listContainers,
  restore: entry(
    'Start the containers whose restart policy says so, after a boot',
    async () => (await import('./commands/restore.ts')).command,
  ),
  rmi: removeImages,
  search: entry('Search a registry for images', async () => (await import('./commands/search.ts')).command),
  version: entry('Show the tsrun version information', async () => (await import('./commands/version.ts')).command),
};

/** Commands that tsrun itself calls: found, and not shown. */
export const hiddenCommands: Record<string, CommandEntry> = {
  __compress: entry('Compress a file of a log from stdin to stdout', async () => (await import('./commands/compress-log.ts')).command),
  __reclaim: entry('Give back what a container that ended held', async () => (await import('./commands/reclaim.ts')).command),
  __restart: entry('Start a container again whose wait is over', async () => (await import('./commands/restart-now.ts')).command),
  '__exec-ended': entry('Tell that an exec ended', async () => (await import('./commands/exec-ended.ts')).command),
  __supervise: entry('Look after health checks until there are none', async () => (await import('./commands/supervise.ts')).command),
};

export interface CommandGroup {
  summary: string;
  commands: Record<string, CommandEntry>;
  /** Other names of its commands. */
  aliases: Record<string, string>;
}

/** `tsrun GROUP NAME`. */
export const groups: Record<string, CommandGroup> = {
  container: { summary: 'Manage containers', commands: containerCommands, aliases: { list: 'ls', ps: 'ls', remove: 'rm' } },
  image: { summary: 'Manage images', commands: imageCommands, aliases: { list: 'ls', remove: 'rm', rmi: 'rm' } },
  system: { summary: 'Manage tsrun', commands: systemCommands, aliases: {} },
  volume: { summary: 'Manage volumes', commands: volumeCommands, aliases: { list: 'ls', remove: 'rm' } },
};
