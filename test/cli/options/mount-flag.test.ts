import test from 'ava';
import { parseMount } from '../../../src/cli/options/mount-flag.ts';
import { checkMount } from '../../../src/container/mount-requests.ts';
import type { MountRequest } from '../../../src/model/container.ts';

const mount = (text: string): MountRequest => checkMount(parseMount(text));
const bind = (more: string): MountRequest => mount(`type=bind,src=/a,dst=/b${more === '' ? '' : `,${more}`}`);

test('what lies below a bind', (t) => {
  const below = (more: string): unknown => (bind(more) as { below?: string }).below;
  t.is(below(''), undefined);
  t.is(below('bind-nonrecursive'), 'unbound');
  t.is(below('bind-nonrecursive=true'), 'unbound');
  t.is(below('bind-nonrecursive=false'), undefined);
  t.is(below('bind-recursive=disabled'), 'unbound');
  t.is(below('bind-recursive=enabled'), undefined);
  t.is(below('readonly,bind-recursive=writable'), 'writable');
  t.is(below('readonly,bind-recursive=readonly,bind-propagation=rprivate'), undefined);
});

test('what of it can’t be', (t) => {
  const cases: Record<string, RegExp> = {
    'bind-recursive=x': /^invalid value for bind-recursive: x \(must be "enabled", "disabled", "writable", or "readonly"\)$/,
    'bind-nonrecursive=x': /^invalid value for bind-nonrecursive: x$/,
    'bind-recursive=writable': /^option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction$/,
    'ro,bind-recursive=readonly': /^option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction$/,
  };
  for (const [more, message] of Object.entries(cases)) t.throws(() => bind(more), { message }, more);
});

test('volumes: labels, and no copy; a tmpfs: size and mode; consistency is kept to be shown', (t) => {
  t.deepEqual(mount('type=volume,src=vol,dst=/v,volume-nocopy,volume-label=a=b,volume-label=c'), {
    type: 'volume',
    name: 'vol',
    target: '/v',
    readOnly: false,
    copy: false,
    labels: { a: 'b', c: '' },
  });
  t.deepEqual(mount('type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700'), { type: 'tmpfs', target: '/t', options: 'mode=700,size=1048576' });
  t.is(parseMount('type=bind,src=/a,dst=/b,consistency=Cached').consistency, 'cached');
});
