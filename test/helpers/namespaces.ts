/** Network namespaces for tests: what a test does to links, routes and the firewall stays in one of these. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { mustRun, SYSTEM_PATH } from './command.ts';

/** A network namespace with nothing in it but `lo`, which is up. */
export interface NetworkNamespace {
  path: string;
  /** The words that run a program in it. (`ip netns exec` would hide the cgroups.) */
  enter(program: string, words: readonly string[]): [string, string[]];
  /** Run a program in it that must succeed. */
  run(program: string, ...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** What is done in a namespace where the test's process was killed: a shell script, with words. */
export interface LastWill {
  script: string;
  words: readonly string[];
}

/** Make one. It goes with the test, or with `remove`, and however the test's process ends: then `will` is done before. */
export async function createNetworkNamespace(t?: ExecutionContext, will?: LastWill): Promise<NetworkNamespace> {
  // A process holds it: one that ends when we say so, or when the kernel closes its stdin for us. In a session of its own it
  // outlives a Ctrl-C.
  const script = `ip link set lo up && echo ready\nread -r word || { exec >/dev/null 2>&1; ${will?.script ?? ':'}\n}`;
  const holder = spawn('unshare', ['--net', 'sh', '-c', script, 'sh', ...(will?.words ?? [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, PATH: SYSTEM_PATH },
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
      holder.stdin.end('done\n');
      await once(holder, 'exit');
    },
  };
  t?.teardown(() => namespace.remove());
  return namespace;
}
