import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { diagnoseExec } from '../../src/process/diagnose-exec.ts';
import { elfInterpreter, elfMachine } from '../../src/process/elf.ts';

/** A little 64-bit ELF for a machine, with or without a dynamic loader. */
function elf(machine: number, interpreter?: string): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, interpreter === undefined ? 0 : 1, true);
  if (interpreter !== undefined) {
    view.setUint32(64, 3, true);
    view.setBigUint64(64 + 8, 128n, true);
    view.setBigUint64(64 + 32, BigInt(interpreter.length + 1), true);
    bytes.set(new TextEncoder().encode(interpreter), 128);
  }
  return bytes;
}

function diagnose(files: Record<string, string | Uint8Array>, mode?: number): string | undefined {
  const readFile = (path: string): Uint8Array | undefined => {
    const content = files[path];
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
  return diagnoseExec(['/none', '/x'], { readFile, ...(mode === undefined ? {} : { mode: () => mode }) }, 'x86_64');
}

test('scripts', (t) => {
  t.is(
    diagnose({ '/x': '#!/bin/bash\r\necho\r\n' }),
    '/x has Windows line ends (CRLF), so its interpreter is read as "/bin/bash\\r": convert it to LF.',
  );
  t.is(diagnose({ '/x': '#! /bin/bash -e\n' }), '/x is a script for /bin/bash, which the image does not have.');
  t.is(diagnose({ '/x': '#!\n' }), '/x has no interpreter after #!.');
  t.is(diagnose({ '/x': 'echo hello\n' }), '/x is neither an ELF program nor a script: a script must begin with a line such as #!/bin/sh.');
  t.is(diagnose({ '/x': '#!/bin/sh\n', '/bin/sh': elf(62) }), undefined);
  t.regex(diagnose({ '/x': '#!/bin/sh\n', '/bin/sh': elf(62, '/lib/ld.so') }) ?? '', /^\/bin\/sh needs the dynamic loader \/lib\/ld\.so/);
});

test('scripts that are each other’s interpreters', (t) => {
  const circle = { '/x': '#!/y\n', '/y': '#!/x\n' };
  t.is(diagnose(circle), '/y is a script whose interpreter is a script, and so on: the kernel gives up after 5.');
  t.regex(diagnose({ '/x': '#!/x\n' }) ?? '', /^\/x is a script whose interpreter is a script/);
});

test('programs', (t) => {
  t.is(diagnose({ '/x': elf(62) }), undefined);
  t.is(diagnose({ '/x': elf(3) }), undefined, 'i386 runs on x86-64');
  t.is(diagnose({ '/x': elf(183) }), '/x is a program for aarch64, and this host is x86_64: choose an image for this platform.');
  t.regex(
    diagnose({ '/x': elf(62, '/lib/ld-musl-x86_64.so.1') }) ?? '',
    /needs the dynamic loader \/lib\/ld-musl-x86_64\.so\.1, which the image does not have/,
  );
  t.is(diagnose({ '/x': elf(62, '/lib/ld.so'), '/lib/ld.so': elf(62) }), undefined);
  t.is(diagnose({ '/x': '' }), '/x is empty.');
  t.is(diagnose({ '/x': elf(62) }, 0o644), '/x has no execute permission (mode 0644).');
  t.is(diagnose({}), undefined);
});

test('a real program is read', (t) => {
  const bytes = readFileSync(process.execPath).subarray(0, 65_536);
  t.is(elfMachine(bytes), { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string]);
  t.regex(elfInterpreter(bytes) ?? '', /ld-linux|ld-musl/);
});

test('no bytes make it throw', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, wide) => {
      const file = Uint8Array.from([...elf(62).subarray(0, 7), ...bytes]);
      file[4] = wide ? 2 : 1;
      t.notThrows(() => diagnose({ '/x': file }));
      t.notThrows(() => diagnose({ '/x': bytes }));
    }),
  );
});
