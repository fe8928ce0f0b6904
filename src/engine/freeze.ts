/** Stop a container's processes for a moment, so that what is read of it is of one instant. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { containerCgroup } from '../state/paths.ts';
import { detectCgroups, freezeCgroup, thawCgroup, thawWrites } from '../kernel/cgroup/index.ts';
import type { Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';

/**
 * Do `work` while the container is frozen. It goes on afterwards, even if this process is killed meanwhile: a shell waits for
 * our end, however it comes.
 * @throws TsrunError KERNEL when it can't be frozen
 */
export async function whileFrozen<Result>(container: Container, work: () => Promise<Result>): Promise<Result> {
  const layout = detectCgroups();
  const path = containerCgroup(container);
  const guard = await startGuard(thawWrites(layout, path));
  try {
    if (!freezeCgroup(layout, path)) {
      throw new TsrunError('KERNEL', `cannot pause container ${container.id}: its processes don't freeze`, {
        path: container.id,
        hint: 'commit it without: --pause=false',
      });
    }
    return await work();
  } finally {
    thawCgroup(layout, path);
    await guard.end();
  }
}

/** `read` returns when we say so, or when the kernel closes our end of the pipe. In a session of its own Ctrl-C doesn't reach it. */
async function startGuard(writes: readonly { path: string; data: string }[]): Promise<{ end(): Promise<void> }> {
  const script = 'echo ready; read -r word || while [ $# -gt 1 ]; do echo "$1" 2>/dev/null >"$2"; shift 2; done';
  const words = writes.flatMap(({ path, data }) => [data, path]);
  const child = spawn('/bin/sh', ['-c', script, 'tsrun-thaw', ...words], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const exit = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exit]);
  return {
    async end() {
      child.stdin.end('done\n');
      await exit;
    },
  };
}
