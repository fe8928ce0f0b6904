/**
 * The part of a start that is ours: from the first line of JavaScript in the command's process to the first
 * instruction of the container's program. Both ends read the same clock: a line run before the command's own code
 * writes the time down, and the container's program prints it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Words } from './measure.ts';

const CLOCK = `#include <stdio.h>
#include <time.h>
int main(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%lld\\n", now.tv_sec * 1000000000LL + now.tv_nsec);
}
`;

/** Make the tools of this measurement in `directory`; gives a function that measures one start, in milliseconds. */
export function startPathMeter(directory: string): (runWith: (volume: string, program: string) => Words) => number {
  mkdirSync(directory, { recursive: true });
  const [source, clock, hook, began] = ['clock.c', 'clock', 'hook.cjs', 'began'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(source, CLOCK);
  run(['musl-gcc', '-static', '-O2', '-o', clock, source]);
  writeFileSync(hook, `const now = process.hrtime.bigint(); require('fs').writeFileSync(${JSON.stringify(began)}, String(now));`);
  return (runWith) => {
    const ended = BigInt(run(runWith(`${clock}:/clock:ro`, '/clock'), { NODE_OPTIONS: `--require=${hook}` }).trim());
    return Number(ended - BigInt(readFileSync(began, 'utf8'))) / 1e6;
  };
}
