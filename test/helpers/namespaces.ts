/** Network namespaces for tests: what a test does to links, routes and the firewall stays in one of these. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { mustRun } from './command.ts';

/** A network namespace with nothing in it but `lo`, which is up. */
export interface NetworkNamespace {
  path: string;
  /** The words that run a program in it. (`ip netns exec` would hide the cgroups.) */
  enter(program: string, words: readonly string[]): [string, string[]];
  /** Run a program in it that must succeed. */
  run(program: string, ...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Make one. It goes with the test, or with `remove`, and however the test's process ends. */
export async function createNetworkNamespace(t?: ExecutionContext): Promise<NetworkNamespace> {
  // A process holds it: one that ends when we close its stdin, or the kernel does.
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo ready && exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const path = `/proc/${holder.pid}/ns/net`;
  const enter = (program: string, words: readonly string[]): [string, string[]] => ['nsenter', [`--net=${path}`, '--', program, ...words]];
  const namespace: NetworkNamespace = {
    path,
    enter,
    run: (program, ...words) => mustRun(...enter(program, words)),
    remove: async () => {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      holder.stdin.end();
      await once(holder, 'exit');
    },
  };
  t?.teardown(() => namespace.remove());
  return namespace;
}
