/** How a command gets its engine. */
import { createEngine, type Engine } from '../engine/engine.ts';
import { reclaimDead } from '../engine/reclaim.ts';
import type { EngineOptions } from '../model/run-request.ts';
import { reportError, reportWarning } from './errors.ts';
import { writeOut } from './output.ts';

export { containerOf } from '../engine/current.ts';
export { onContainer } from '../engine/on-container.ts';

/** An engine whose dead containers were given back first. */
export function openEngine(options: EngineOptions): Engine {
  const engine = createEngine(options);
  reclaimDead(engine, (problem) => reportWarning(problem, options.logFormat));
  return engine;
}

/**
 * Do one thing to each container that was named, printing the name when it is done; a failure is printed and the rest
 * goes on, as Docker's client does.
 * @returns the exit code: 1 if anything failed
 */
export async function forEachName(options: EngineOptions, names: readonly string[], work: (name: string) => unknown): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await work(name);
      writeOut(`${name}\n`);
    } catch (error) {
      code = reportError(error, { debug: options.debug, logFormat: options.logFormat, exitCode: 1 });
    }
  }
  return code === 0 ? 0 : 1;
}
