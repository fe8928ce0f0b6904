/** A network namespace in the making: whoever lets go of it leaves nothing open. */
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { native } from '../../src/kernel/native.ts';
import { NewNamespace } from '../../src/network/new-namespace.ts';
import { rootTest } from '../helpers/root.ts';

/** The namespaces and sockets that this process has open. */
function open(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /^(net|socket):/.test(target) ? [target] : [];
    } catch {
      return []; // that of the listing itself
    }
  });
}

rootTest('kept, it is all that stays open', (t) => {
  const before = open();
  const made = new NewNamespace();
  const descriptor = made.keep();
  const namespace = readlinkSync(`/proc/self/fd/${descriptor}`);
  t.regex(namespace, /^net:/);
  t.not(namespace, readlinkSync('/proc/self/ns/net'));
  t.is(open().length, before.length + 2, 'it and its socket');
  made.close();
  made.close();
  t.deepEqual(open().toSorted(), [...before, namespace].toSorted());
  t.throws(() => made.descriptor, { message: /closed/ });
  closeSync(descriptor);
});

rootTest('closed before anybody needed it, or after, it leaves nothing', (t) => {
  const before = open();
  new NewNamespace().close();
  t.deepEqual(open(), before);
  {
    using made = new NewNamespace();
    t.true(made.descriptor > 0);
  }
  t.deepEqual(open(), before);
});

rootTest('what could not be made says so once, and leaves nothing', (t) => {
  const before = open();
  const making = native().beginNetworkNamespace(['/proc/sys/net/nowhere', '1']);
  const error = t.throws(() => native().finishNetworkNamespace(making));
  t.like(error, { code: 'ENOENT', syscall: 'open', path: '/proc/sys/net/nowhere' });
  t.deepEqual(open(), before);
});
