/** The program's entry: one command line, one exit code. */
import { leave } from '../kernel/native.ts';
import { leaveCodeCache } from './code-cache.ts';
import { dispatch } from './dispatch.ts';
import { startWhole } from './other-bundle.ts';

void dispatch(process.argv.slice(2), process.env).then((code) => {
  if (code === 0) leaveCodeCache();
  // Nothing is pending: everything is written synchronously.
  leave(code);
}, startWhole);
