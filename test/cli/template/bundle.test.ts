/** Who runs a container pays nothing for templates: they are not in what a run loads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

const bundle = (name: string): string => readFileSync(join(import.meta.dirname, '../../../dist', name), 'latin1');
/** A word of the interpreter's that minifying leaves. */
const WORD = 'non executable command in pipeline stage';

test('templates are in the whole program, and not in what run, exec and start load', (t) => {
  t.true(bundle('bundle.cjs').includes(WORD));
  for (const command of ['run', 'exec', 'start']) t.false(bundle(`command-${command}.cjs`).includes(WORD), command);
});
