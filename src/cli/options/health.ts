/** `--health-*`, `--no-healthcheck`. Source of rules and words: docker/cli, cli/command/container/opts.go; moby, daemon/container.go. */
import type { Healthcheck } from '../../model/container.ts';
import type { FlagValues } from '../flags.ts';
import { refused } from './refusal.ts';
import { durationFault, parseDuration } from './times.ts';

const MILLISECOND = 1_000_000;

/** As a flag's value. @throws Error in Go's words */
export function checkDuration(text: string): void {
  if (parseDuration(text) === undefined) throw new Error(durationFault(text));
}

/** What was asked for; undefined: the image's. @throws Error in Docker's words */
export function readHealthcheck(flags: FlagValues): Healthcheck | undefined {
  const time = (name: string): number => Number(parseDuration(flags.text(name) ?? '0'));
  const command = flags.word('health-cmd');
  const startInterval = time('health-start-interval');
  const check = {
    test: command === undefined ? [] : ['CMD-SHELL', command],
    interval: time('health-interval'),
    timeout: time('health-timeout'),
    startPeriod: time('health-start-period'),
    ...(startInterval === 0 ? {} : { startInterval }),
    retries: flags.integer('health-retries') ?? 0,
  };
  const times = { interval: check.interval, timeout: check.timeout, 'start-period': check.startPeriod, 'start-interval': startInterval };
  const asked = command !== undefined || check.retries !== 0 || Object.values(times).some((each) => each !== 0);
  if (flags.flag('no-healthcheck')) {
    if (asked) throw new Error('--no-healthcheck conflicts with --health-* options');
    return { ...check, test: ['NONE'] };
  }
  if (!asked) return undefined;
  for (const [name, value] of Object.entries({ ...times, retries: check.retries }))
    if (value < 0) throw new Error(`--health-${name} cannot be negative`);
  const words = { interval: 'Interval', timeout: 'Timeout', 'start-period': 'StartPeriod', 'start-interval': 'StartInterval' } as const;
  for (const [name, value] of Object.entries(times))
    if (value !== 0 && value < MILLISECOND) throw refused(`${words[name as keyof typeof words]} in Healthcheck cannot be less than 1ms`);
  return check;
}
