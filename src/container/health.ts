/** What a health check's answers make of a container. Source of the rules: moby, daemon/health.go. */
import { isAlive, type Container, type Health, type Healthcheck, type HealthProbe } from '../model/container.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';
import { recordContainerEvent } from './events.ts';
import { readContainer, writeHealth } from './records.ts';

const KEPT_PROBES = 5;
const DEFAULT_RETRIES = 3;
const DEFAULT_MS = 30_000;

/** Milliseconds between two checks, and that one may take. */
export function checkTimes({ interval, timeout }: Healthcheck): { intervalMs: number; timeoutMs: number } {
  return { intervalMs: interval === 0 ? DEFAULT_MS : interval / 1e6, timeoutMs: timeout === 0 ? DEFAULT_MS : timeout / 1e6 };
}

/**
 * How long to wait for the next check, in milliseconds: one that is still starting is asked at another pace, where somebody said so.
 * @param now milliseconds since 1970
 */
export function nextCheck(check: Healthcheck, status: Health['status'], startedAt: string, now: number): number {
  const { intervalMs } = checkTimes(check);
  if (check.startInterval === undefined || status !== 'starting') return intervalMs;
  return isStarting(check, startedAt, now) ? check.startInterval / 1e6 : intervalMs;
}

/** Whether its start period is not over. A clock that was set back must not make it last until that time comes again. */
function isStarting({ startPeriod }: Healthcheck, startedAt: string, now: number): boolean {
  return Math.abs(now - Date.parse(startedAt)) < startPeriod / 1e6;
}

/** The words to execute; undefined where the test is of no kind that Docker knows. */
export function checkCommand({ test: [kind, ...words], shell = ['/bin/sh', '-c'] }: Healthcheck): string[] | undefined {
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? [...shell, words[0] ?? ''] : undefined;
}

/** Health after one more answer. Failures of one that was never well don't count in its start period. Pure. */
export function healthAfter(health: Health, check: Healthcheck, probe: HealthProbe, startedAt: string): Health {
  const log = [...health.log, probe].slice(-KEPT_PROBES);
  if (probe.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  if (health.status === 'starting' && isStarting(check, startedAt, Date.parse(probe.start))) return { ...health, log };
  const failingStreak = health.failingStreak + 1;
  const retries = check.retries === 0 ? DEFAULT_RETRIES : check.retries;
  return { status: failingStreak >= retries ? 'unhealthy' : health.status, failingStreak, log };
}

/** Write down an answer, and tell where it changes something. One of a life that is over counts no more. */
export function recordProbe(database: DatabaseSync, { id }: Pick<Container, 'id'>, startedAt: string, probe: HealthProbe): void {
  transaction(database, () => {
    const container = readContainer(database, id);
    const { state, health, config } = container ?? {};
    if (container === undefined || state === undefined || config?.healthcheck === undefined || health === undefined) return;
    if (!isAlive(state) || state.startedAt !== startedAt) return;
    const next = healthAfter(health, config.healthcheck, probe, startedAt);
    writeHealth(database, id, next);
    if (next.status !== health.status) recordContainerEvent(database, container, `health_status: ${next.status}`);
  });
}
