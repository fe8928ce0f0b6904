/** The program's entry: one command line, one exit code. */
import { dispatch } from './dispatch.ts';

/** Leaves at once: nothing is pending, and Node's own way out costs a millisecond. */
declare const process: NodeJS.Process & { reallyExit(code: number): never };

void dispatch(process.argv.slice(2), process.env).then((code) => process.reallyExit(code));
