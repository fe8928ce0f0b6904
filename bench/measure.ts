/** Timing of whole programs, and the table it ends in. */
import { spawnSync } from 'node:child_process';

/** A program and its words. */
export type Words = readonly [string, ...string[]];

/** Run a program that must succeed; gives what it printed. */
export function run(words: Words, environment: Record<string, string> = {}): string {
  const [program, ...rest] = words;
  const result = spawnSync(program, rest, { encoding: 'utf8', env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status !== 0) {
    throw new Error(
      `${words.join(' ')}: ${result.error?.message ?? result.signal ?? `exit ${result.status}`}\n${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout;
}

/** Milliseconds that a program takes from fork to its end. @throws Error when it fails. */
export function time(words: Words, environment: Record<string, string> = {}): number {
  const began = process.hrtime.bigint();
  run(words, environment);
  return Number(process.hrtime.bigint() - began) / 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Engines leave work to the kernel and to their daemons when they return (a bridge port that goes, a shim that ends): it must not count for the next one. */
const REST_MS = 300;

/** Nor must what one leaves to be written, for which the disk would make the next one wait. */
function rest(): void {
  run(['sync']);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REST_MS);
}

/**
 * Time several programs in turns, so that what else the machine does falls on all alike: `rounds` rounds, after one
 * that does not count, with a rest before each. @returns medians by name.
 */
export function inTurns(contenders: Record<string, () => number>, rounds: number): Record<string, number> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) {
      rest();
      const value = measure();
      if (round > 0) (times[name] ??= []).push(value);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** One thing measured: a figure for each engine that can do it. */
export interface Row {
  what: string;
  unit: string;
  figures: Record<string, number>;
}

const show = (value: number | undefined): string => (value === undefined ? '–' : value < 10 ? value.toFixed(1) : String(Math.round(value)));

/** A Markdown table: every engine's figure and, in brackets, how many times tsrun's it is. */
export function table(rows: readonly Row[], engines: readonly string[]): string {
  const lines = [`| | ${engines.join(' | ')} |`, `| --- |${' ---: |'.repeat(engines.length)}`];
  for (const { what, unit, figures } of rows) {
    const ours = figures['tsrun'];
    const cells = engines.map((engine) => {
      const value = figures[engine];
      if (value === undefined || ours === undefined || engine === 'tsrun') return show(value);
      return `${show(value)} (${(value / ours).toFixed(1)}×)`;
    });
    lines.push(`| ${what}, ${unit} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}
