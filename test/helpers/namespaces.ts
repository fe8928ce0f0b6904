/** Network namespaces for tests: what a test does to links, routes and the firewall stays in one of these. */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { command, mustRun } from './command.ts';

/** A network namespace with nothing in it but `lo`, which is up. */
export interface NetworkNamespace {
  name: string;
  path: string;
  /** The words that run a program in it: `nsenter` and its own. (`ip netns exec` would hide the cgroups.) */
  enter(program: string, words: readonly string[]): [string, string[]];
  /** Run a program in it that must succeed. */
  run(program: string, ...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Make one; it goes with the test unless `t` is undefined, when the caller removes it. */
export async function createNetworkNamespace(t?: ExecutionContext): Promise<NetworkNamespace> {
  const name = `tstest-${randomBytes(4).toString('hex')}`;
  await mustRun('ip', ['netns', 'add', name]);
  const path = `/run/netns/${name}`;
  const enter = (program: string, words: readonly string[]): [string, string[]] => ['nsenter', [`--net=${path}`, '--', program, ...words]];
  const namespace: NetworkNamespace = {
    name,
    path,
    enter,
    run: (program, ...words) => mustRun(...enter(program, words)),
    remove: async () => {
      await command('ip', ['netns', 'delete', name]);
    },
  };
  t?.teardown(() => namespace.remove());
  await mustRun('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return namespace;
}
