/** `--network host`, `none` and `container:ID`: which namespace a container gets when it isn't on the bridge. */
import { openSync } from 'node:fs';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { shortId } from '../model/short-id.ts';

/**
 * The network namespace of another container, by its PID 1 as the host sees it.
 * @returns an fd, which the caller closes.
 * @throws TsrunError CONFLICT where it does not run (any more).
 */
export function openNamespaceOf(containerId: string, pid: number | undefined): number {
  const stopped = (): TsrunError =>
    new TsrunError('CONFLICT', `cannot join network of a non running container: ${containerId}`, {
      step: 4,
      path: containerId,
      hint: `start it first: tsrun start ${shortId(containerId)}`,
    });
  if (pid === undefined) throw stopped();
  try {
    return openSync(`/proc/${pid}/ns/net`, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) throw stopped();
    throw error;
  }
}
