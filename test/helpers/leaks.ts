/** What an engine can leave behind on a host. After a test there must be nothing of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEMA_VERSION } from '../../src/state/schema.ts';
import type { NetworkNamespace } from './namespaces.ts';

/** The engine whose traces to look for. */
export interface Traces {
  root: string;
  state: string;
  bridge: string;
  network: NetworkNamespace;
  /** Every container that ever was. */
  ids: ReadonlySet<string>;
}

/**
 * What is left behind, a line each. What the kernel takes away in its own time (a veth after its namespace, an empty
 * cgroup) may take until `patienceMs`.
 */
export async function findLeaks(traces: Traces, patienceMs = 60_000): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look(traces);
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(50);
  }
}

async function look(traces: Traces): Promise<string[]> {
  return [
    ...mounts(traces),
    ...cgroups(traces),
    ...processes(traces),
    ...files(traces),
    ...rows(traces),
    ...(await links(traces)),
    ...(await firewallEntries(traces)),
  ];
}

function mounts(traces: Traces): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line.includes(traces.root) || line.includes(traces.state)).map((line) => `mount ${line}`);
}

/** What is left in the network namespace after `tsrun down`: nothing but lo. */
export async function findNetworkLeaks(network: NetworkNamespace): Promise<string[]> {
  const links = (await network.run('ip', '-o', 'link'))
    .trim()
    .split('\n')
    .filter((line) => !line.includes(': lo: '));
  const tables = (await network.run('nft', 'list', 'ruleset')).trim();
  return [...links, ...(tables === '' ? [] : [tables])];
}

/** In cgroup v2, and in every hierarchy of v1; below a parent of the test's own, which is named after its bridge. */
function cgroups(traces: Traces): string[] {
  const hierarchies = ['/sys/fs/cgroup', ...list('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))];
  const paths = [...[...traces.ids].map((id) => `tsrun-${id}`), traces.bridge];
  return hierarchies
    .flatMap((directory) => paths.map((path) => join(directory, path)))
    .filter((path) => existsSync(path))
    .map((path) => `cgroup ${path}`);
}

/** Monitors, by the ID in their command line; anything else by its cgroup or the engine's paths. */
function processes(traces: Traces): string[] {
  const found: string[] = [];
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const commandLine = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    const groups = read(`/proc/${pid}/cgroup`);
    const ours = commandLine.includes(traces.state) || [...traces.ids].some((id) => commandLine.includes(id) || groups.includes(id));
    if (ours) found.push(`process ${pid} ${commandLine}`);
  }
  return found;
}

function files(traces: Traces): string[] {
  const directories = [join(traces.state, 'containers'), join(traces.root, 'containers'), join(traces.root, 'scratch')];
  return directories.flatMap((directory) => list(directory).map((name) => `path ${join(directory, name)}`));
}

function rows(traces: Traces): string[] {
  const path = join(traces.root, 'tsrun.db');
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true, timeout: 60_000 });
  try {
    // A test that plants a database of another version knows itself what it left.
    if (Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0]) !== SCHEMA_VERSION) return [];
    return ['containers', 'leases', 'ports', 'container_volumes', 'cgroup_parents'].flatMap((table) =>
      database
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .map((row) => `row of ${table}: ${JSON.stringify(row)}`),
    );
  } finally {
    database.close();
  }
}

/** The bridge stays, as Docker's does; what was plugged into it doesn't. */
async function links(traces: Traces): Promise<string[]> {
  const listed = JSON.parse(await traces.network.run('ip', '-json', 'link')) as { ifname: string }[];
  return listed.filter(({ ifname }) => ifname !== 'lo' && ifname !== traces.bridge).map(({ ifname }) => `link ${ifname}`);
}

/** Tables stay; what they hold of a container (elements of maps and sets) doesn't. */
async function firewallEntries(traces: Traces): Promise<string[]> {
  const listed = JSON.parse(await traces.network.run('nft', '-j', 'list', 'ruleset')) as {
    nftables: Record<string, { elem?: unknown[] }>[];
  };
  return listed.nftables
    .flatMap((item) => [...(item['map']?.elem ?? []), ...(item['set']?.elem ?? [])])
    .map((element) => `firewall entry ${JSON.stringify(element)}`);
}

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** What a file holds; empty where it is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
