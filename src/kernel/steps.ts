/** The seven steps, as they begin: told to `--explain`, and where a run can be stopped to look around. */
import type { StepNumber } from '../model/errors.ts';
import { traceStep } from './trace.ts';

/** With `TSRUN_BREAK=NAME:NUMBER`, stop here (SIGSTOP): for whoever wants to look around, or a crash test. */
export function stopAt(name: string, number: number): void {
  if (process.env['TSRUN_BREAK'] === `${name}:${number}`) process.kill(process.pid, 'SIGSTOP');
}

/**
 * Begin one of the seven steps. With `TSRUN_BREAK=step:N` the process stops itself (SIGSTOP) before step N: a student can
 * look at what is there (and `kill -CONT` goes on), a crash test can kill it exactly there.
 */
export function beginStep(step: StepNumber, title: string): void {
  stopAt('step', step);
  traceStep(step, title);
}
