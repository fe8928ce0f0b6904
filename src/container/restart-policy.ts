/** Whether, and when, a container that ended is started again. Pure. Source of the rules: moby, restartmanager/restartmanager.go. */
import type { Container, EndedFacts } from '../model/container.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** One that ran so long begins again with the first delay. */
const SETTLED_MS = 10_000;

/**
 * How long to wait before a container that ended in this way is started again; undefined: it stays down.
 * One that was stopped on purpose stays down under every policy, until a user or `tsrun restore` starts it.
 */
export function restartDelay({ config, restarts }: Pick<Container, 'config' | 'restarts'>, end: EndedFacts): number | undefined {
  if (restarts.stoppedBy === 'restart') return 0;
  if (restarts.stoppedBy !== undefined || !isWanted({ config, restarts }, end.exitCode)) return undefined;
  const ranMs = Date.parse(end.finishedAt) - Date.parse(end.startedAt);
  if (restarts.delayMs === 0 || ranMs >= SETTLED_MS) return FIRST_DELAY_MS;
  return Math.min(restarts.delayMs * 2, LONGEST_DELAY_MS);
}

/**
 * Whether `tsrun restore` starts a container, as dockerd does when it starts: `always` though a user had stopped it. One that
 * never ran is not, and neither is one that its user (not `down`, nor the host's end) stopped under another policy.
 */
export function isRestored({ config, restarts, state }: Container): boolean {
  if (state.status !== 'exited') return false;
  if (config.restartPolicy.name === 'always') return true;
  return restarts.stoppedBy !== 'user' && isWanted({ config, restarts }, state.exitCode);
}

function isWanted({ config, restarts }: Pick<Container, 'config' | 'restarts'>, exitCode: number): boolean {
  const { name, maximumRetries } = config.restartPolicy;
  switch (name) {
    case 'no':
      return false;
    case 'on-failure':
      return exitCode !== 0 && (maximumRetries === 0 || restarts.count < maximumRetries);
    case 'always':
    case 'unless-stopped':
      return true;
  }
}
