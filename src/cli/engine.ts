/** How a command gets its engine. */
import { createEngine, type Engine } from '../engine/engine.ts';
import { reclaimDead } from '../engine/reclaim.ts';
import { runTogether, type Outcome, type Waiting } from '../kernel/waiting.ts';
import type { EngineOptions } from '../model/run-request.ts';
import { reportError, reportWarning } from './errors.ts';
import { writeOut } from './output.ts';

export { containerOf } from '../engine/current.ts';
export { onContainer, workingOn } from '../engine/on-container.ts';

/** An engine whose dead containers were given back first. */
export function openEngine(options: EngineOptions): Engine {
  const engine = createEngine(options);
  reclaimDead(engine, (problem) => reportWarning(problem, options.logFormat));
  return engine;
}

/**
 * Do one thing to each container that was named, printing the name when it is done. A failure is printed when all are done, as
 * Docker's client does, and the rest goes on.
 * @returns the exit code: 1 if anything failed
 */
export async function forEachName(options: EngineOptions, names: readonly string[], work: (name: string) => unknown): Promise<number> {
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      await work(name);
      writeOut(`${name}\n`);
    } catch (error) {
      errors.push(error);
    }
  }
  return reportAll(options, errors);
}

/** As many as Docker's client. */
const MOST_AT_ONCE = 50;

/**
 * `forEachName` for what may take its time: all containers that were named at once. The names are printed in the order given.
 * @param isFine of an error: it is printed where the name would be, and doesn't count
 */
export function forEachAtOnce(
  options: EngineOptions,
  names: readonly string[],
  work: (name: string) => Waiting<unknown>,
  isFine: (error: unknown) => boolean = () => false,
): number {
  const errors: unknown[] = [];
  const print = (name: string, outcome: Outcome<unknown>): void => {
    try {
      if ('result' in outcome) writeOut(`${name}\n`);
      else if (isFine(outcome.error)) report(options, outcome.error);
      else errors.push(outcome.error);
    } catch (error) {
      errors.push(error);
    }
  };
  const outcomes: Outcome<unknown>[] = [];
  let printed = 0;
  runTogether(names.map(work), MOST_AT_ONCE, (index, outcome) => {
    outcomes[index] = outcome;
    for (let next = outcomes[printed]; next !== undefined; next = outcomes[printed]) print(names[printed++] as string, next);
  });
  return reportAll(options, errors);
}

function report({ debug, logFormat }: EngineOptions, error: unknown): void {
  reportError(error, { debug, logFormat, exitCode: 1 });
}

/** Print what went wrong, when all is done. @returns the exit code */
export function reportAll(options: EngineOptions, errors: readonly unknown[]): number {
  for (const error of errors) report(options, error);
  return errors.length === 0 ? 0 : 1;
}
