/**
 * /etc/hosts, /etc/hostname and /etc/resolv.conf of a container that runs; they are bound into its root. They are made anew at
 * every start, so they lie where things end with the boot: on a tmpfs, making and removing them costs next to nothing. What is kept of
 * them at an end is a copy, for `cp`.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { linkEnvironment, linkHosts } from '../container/links.ts';
import { traceCall } from '../kernel/trace.ts';
import type { Container } from '../model/container.ts';
import { nameFiles } from '../network/name-files.ts';
import { leaveNetwork, type NetworkAttachment } from '../network/index.ts';
import type { Engine } from './engine.ts';
import { findLinked } from './links.ts';
import { networkFilePaths, type FilePaths } from './network-file-paths.ts';

export interface NetworkFiles extends FilePaths {
  /** What linked containers add to the environment, beside their lines in the hosts file. */
  linkEnvironment?: readonly string[];
}

/** Write them; with another container's network, its files are shared. Where that fails the network is left. */
export function writeNetworkFiles(engine: Engine, container: Container, network: NetworkAttachment): NetworkFiles {
  try {
    return writeFiles(engine, container, network);
  } catch (error) {
    leaveNetwork(network);
    throw error;
  }
}

function writeFiles(engine: Engine, container: Container, network: NetworkAttachment): NetworkFiles {
  const { config } = container;
  if (config.network.type === 'container') return networkFilePaths(engine.paths, config.network.id);
  const files = networkFilePaths(engine.paths, container.id);
  const linked = config.links.length === 0 ? [] : findLinked(engine, container);
  const texts = nameFiles(config, network, linked.map((each) => linkHosts(each)).join(''));
  if (texts === undefined) return files;
  traceCall(
    'write',
    () => 'hosts, hostname and resolv.conf, to be bound into /etc',
    () => {
      writeForAll(files.hosts, texts.hosts);
      writeForAll(files.hostname, texts.hostname);
      writeForAll(files.resolvConf, texts.resolvConf);
    },
  );
  if (linked.length === 0) return files;
  return { ...files, linkEnvironment: linked.flatMap((each) => linkEnvironment(container.name, each)) };
}

/** Any user of the container reads these, whatever our caller's umask. */
function writeForAll(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
