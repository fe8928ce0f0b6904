/** HEALTHCHECK as a Dockerfile has it. Durations become nanoseconds, as images have them. */
import type { ImageRunConfig } from '../../model/image.ts';
import { jsonWords, wrong } from './words.ts';

type Healthcheck = NonNullable<ImageRunConfig['Healthcheck']>;

const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const FLAGS = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
  retries: 'Retries',
} as const;

/** @throws TsrunError INVALID_ARGUMENT in Docker's words */
export function parseHealthcheck(text: string): Healthcheck {
  const options: Omit<Healthcheck, 'Test'> = {};
  let rest = text;
  for (let flag = /^--(\S+)\s*/.exec(rest); flag !== null; flag = /^--(\S+)\s*/.exec(rest)) {
    const [name = '', value] = (flag[1] ?? '').split(/=(.*)/s, 2);
    if (!isFlag(name)) throw wrong(`Unknown flag: ${name}`);
    if (value === undefined) throw wrong(`Missing a value on flag: ${name}`);
    options[FLAGS[name]] = name === 'retries' ? parseRetries(value) : parseNanoseconds(value);
    rest = rest.slice(flag[0].length);
  }
  const [, type = '', command = ''] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
  if (type === '') throw wrong('HEALTHCHECK requires at least one argument');
  switch (type.toUpperCase()) {
    case 'NONE':
      if (command !== '') throw wrong('HEALTHCHECK NONE takes no arguments');
      return { Test: ['NONE'] };
    case 'CMD':
      if (command === '') throw wrong('Missing command after HEALTHCHECK CMD');
      return { Test: testOf(command), ...options };
    default:
      throw wrong(`Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`);
  }
}

function testOf(command: string): string[] {
  const words = jsonWords(command);
  return words === undefined ? ['CMD-SHELL', command] : ['CMD', ...words];
}

const isFlag = (name: string): name is keyof typeof FLAGS => Object.hasOwn(FLAGS, name);

function parseRetries(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw wrong(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) < 0) throw wrong(`--retries must be at least 1 (not ${text})`);
  return Number(text);
}

/** Go's time.ParseDuration. */
function parseNanoseconds(text: string): number {
  if (text === '0') return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text)) throw wrong(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(number) * (UNITS[unit ?? ''] ?? 0);
  if (total > 0 && total < 1e6) throw wrong(`Interval ${JSON.stringify(text)} cannot be less than 1ms`);
  return Math.round(total);
}
