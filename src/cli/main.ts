/** The program's entry: one command line, one exit code. */
import { leaveCodeCache } from './code-cache.ts';
import { dispatch } from './dispatch.ts';

/** Leaves at once: nothing is pending, and Node's own way out costs a millisecond. */
declare const process: NodeJS.Process & { reallyExit(code: number): never };

void dispatch(process.argv.slice(2), process.env).then((code) => {
  if (code === 0) leaveCodeCache();
  process.reallyExit(code);
});
