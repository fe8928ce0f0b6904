/** What starts a bundle: also where the quick ways are barred. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type Bundle, makeBundle } from './bundle.ts';

let bundle: Bundle;

test.before('bundle', () => {
  bundle = makeBundle();
});

test.after.always('remove the bundle', () => bundle.remove());

const VERSION = /^tsrun version \d+\.\d+\.\d+\n$/;

test.serial('Node.js that tells of what is deprecated has nothing to tell', (t) => {
  for (const environment of [{ NODE_PENDING_DEPRECATION: '1' }, { NODE_OPTIONS: '--pending-deprecation' }, {}]) {
    const { status, stdout, stderr } = bundle.run(['--version'], { environment });
    t.like({ status, stderr }, { status: 0, stderr: '' });
    t.regex(stdout, VERSION);
  }
});

test.serial('without the native core a command works as far as it needs none, and says then what is missing', (t) => {
  rmSync(join(bundle.home, 'build'));
  const { status, stdout, stderr } = bundle.run(['--version']);
  t.like({ status, stderr }, { status: 0, stderr: '' });
  t.regex(stdout, VERSION);
  const without = bundle.run(['ps'], { environment: { TSRUN_ROOT: join(bundle.home, 'root'), TSRUN_STATE: join(bundle.home, 'state') } });
  t.is(without.status, 1);
  t.regex(without.stderr, /tsrun\.node/);
});
