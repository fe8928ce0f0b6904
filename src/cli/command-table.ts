/** The commands by name. Each is loaded when it is called: what a run doesn't use, it doesn't pay for. */
import type { Command } from './command.ts';

export interface CommandEntry {
  summary: string;
  load(): Promise<Command>;
}

const containerCommands: Record<string, CommandEntry> = {
  commit: {
    summary: "Create a new image from a container's changes",
    load: async () => (await import('./commands/commit.ts')).command,
  },
  create: { summary: 'Create a new container', load: async () => (await import('./commands/create.ts')).command },
  diff: {
    summary: "Inspect changes to files or directories on a container's filesystem",
    load: async () => (await import('./commands/diff.ts')).command,
  },
  exec: { summary: 'Run a command in a running container', load: async () => (await import('./commands/exec.ts')).command },
  export: {
    summary: "Export a container's filesystem as a tar archive",
    load: async () => (await import('./commands/export.ts')).command,
  },
  inspect: {
    summary: 'Display detailed information on one or more containers',
    load: async () => (await import('./commands/inspect.ts')).containerInspect,
  },
  kill: { summary: 'Kill one or more running containers', load: async () => (await import('./commands/kill.ts')).command },
  logs: { summary: 'Fetch the logs of a container', load: async () => (await import('./commands/logs.ts')).command },
  ls: { summary: 'List containers', load: async () => (await import('./commands/ps.ts')).command },
  pause: {
    summary: 'Pause all processes within one or more containers',
    load: async () => (await import('./commands/pause.ts')).pause,
  },
  port: {
    summary: 'List port mappings or a specific mapping for the container',
    load: async () => (await import('./commands/port.ts')).command,
  },
  rename: { summary: 'Rename a container', load: async () => (await import('./commands/rename.ts')).command },
  restart: { summary: 'Restart one or more containers', load: async () => (await import('./commands/restart.ts')).command },
  rm: { summary: 'Remove one or more containers', load: async () => (await import('./commands/rm.ts')).command },
  run: { summary: 'Run a command in a new container', load: async () => (await import('./commands/run.ts')).command },
  start: { summary: 'Start one or more stopped containers', load: async () => (await import('./commands/start.ts')).command },
  stop: { summary: 'Stop one or more running containers', load: async () => (await import('./commands/stop.ts')).command },
  top: { summary: 'Display the running processes of a container', load: async () => (await import('./commands/top.ts')).command },
  unpause: {
    summary: 'Unpause all processes within one or more containers',
    load: async () => (await import('./commands/pause.ts')).unpause,
  },
  update: { summary: 'Update configuration of one or more containers', load: async () => (await import('./commands/update.ts')).command },
};

const imageCommands: Record<string, CommandEntry> = {
  inspect: {
    summary: 'Display detailed information on one or more images',
    load: async () => (await import('./commands/inspect.ts')).imageInspect,
  },
  load: { summary: 'Load an image from a tar archive or STDIN', load: async () => (await import('./commands/load.ts')).command },
  ls: { summary: 'List images', load: async () => (await import('./commands/images.ts')).command },
  pull: { summary: 'Pull an image from a registry', load: async () => (await import('./commands/pull.ts')).command },
  rm: { summary: 'Remove one or more images', load: async () => (await import('./commands/rmi.ts')).command },
  tag: {
    summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
    load: async () => (await import('./commands/tag.ts')).command,
  },
  push: { summary: 'Push an image to a registry', load: async () => (await import('./commands/push.ts')).command },
};

const {
  ls: listContainers,
  inspect: _container,
  ...plainContainer
} = containerCommands as Record<string, CommandEntry> & { ls: CommandEntry };
const {
  ls: listImages,
  inspect: _image,
  rm: removeImages,
  ...plainImage
} = imageCommands as Record<string, CommandEntry> & { ls: CommandEntry; rm: CommandEntry };

/** `tsrun NAME`. */
export const commands: Record<string, CommandEntry> = {
  ...plainContainer,
  ...plainImage,
  down: {
    summary: 'Stop all containers, and remove the bridge and its firewall rules',
    load: async () => (await import('./commands/down.ts')).command,
  },
  images: listImages,
  inspect: {
    summary: 'Return low-level information on tsrun objects',
    load: async () => (await import('./commands/inspect.ts')).command,
  },
  login: { summary: 'Log in to a registry', load: async () => (await import('./commands/login.ts')).command },
  logout: { summary: 'Log out from a registry', load: async () => (await import('./commands/logout.ts')).command },
  ps: listContainers,
  rmi: removeImages,
  restore: {
    summary: 'Start the containers whose restart policy says so, after a boot',
    load: async () => (await import('./commands/restore.ts')).command,
  },
  search: { summary: 'Search a registry for images', load: async () => (await import('./commands/search.ts')).command },
  version: { summary: 'Show the tsrun version information', load: async () => (await import('./commands/version.ts')).command },
};

/** Commands that tsrun itself calls: found, and not shown. */
export const hiddenCommands: Record<string, CommandEntry> = {
  __restart: {
    summary: 'Start a container again whose wait is over',
    load: async () => (await import('./commands/restart-now.ts')).command,
  },
  __reclaim: { summary: 'Give back what a container that ended held', load: async () => (await import('./commands/reclaim.ts')).command },
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
  image: { summary: 'Manage images', commands: imageCommands, aliases: { list: 'ls', remove: 'rm' } },
};
