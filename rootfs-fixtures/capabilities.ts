/**
 * All that a layer can hold and a careless reader loses, over several layers: a file capability, setuid, hard links, a
 * sparse file, a fifo, times and owners, names in UTF-8 and too long for an old tar header, whiteouts, an opaque
 * directory, a directory that becomes a file and the other way round.
 */
import { chmodSync, chownSync, copyFileSync, linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeBusyboxTree } from './busybox.ts';
import { writeLayer } from './image-archive.ts';
import { DEFAULT_PATH, type Recipe, run } from './recipe.ts';

/** A name longer than the 100 bytes of a ustar header, and than its prefix can mend. */
const LONG_NAME = `${'long/'.repeat(40)}${'name'.repeat(30)}`;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Prints who it runs as. busybox gives up what setuid gave it. */
function makeSetuidProgram(path: string): void {
  const source = `${path}.c`;
  write(source, '#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf("%d\\n", geteuid()); }\n');
  run('musl-gcc', '-static', '-O2', '-o', path, source);
  rmSync(source);
  chmodSync(path, 0o4755);
}

function base(root: string): void {
  makeBusyboxTree(root);
  // A program of its own: a capability is the file's, and all of busybox's names are one file.
  mkdirSync(join(root, 'file-capability'));
  copyFileSync(join(root, 'bin/busybox'), join(root, 'file-capability/grep'));
  run('setcap', 'cap_net_raw+ep', join(root, 'file-capability/grep'));
  makeSetuidProgram(join(root, 'setuid/effective-user'));
  write(join(root, 'data/one'), 'the same file\n');
  linkSync(join(root, 'data/one'), join(root, 'data/two'));
  symlinkSync('one', join(root, 'data/link'));
  symlinkSync('/data/one', join(root, 'data/absolute-link'));
  write(join(root, 'data/owned'), 'by 1000:1001\n');
  chownSync(join(root, 'data/owned'), 1000, 1001);
  chmodSync(join(root, 'data/owned'), 0o640);
  write(join(root, 'data/sparse'), 'start');
  truncateSync(join(root, 'data/sparse'), 16 << 20);
  run('mkfifo', join(root, 'data/fifo'));
  write(join(root, 'data', LONG_NAME), 'a long way down\n');
  write(join(root, 'data/grüße-世界'), 'hello\n');
  write(join(root, 'removed/file'), 'goes in the second layer\n');
  write(join(root, 'kept/file'), 'stays\n');
  write(join(root, 'kept/removed'), 'goes in the second layer\n');
  write(join(root, 'opaque/old'), 'hidden by the second layer\n');
  write(join(root, 'becomes-file/inner'), 'in a directory\n');
  write(join(root, 'becomes-directory'), 'a file\n');
}

function changes(root: string): void {
  write(join(root, '.wh.removed'), '');
  write(join(root, 'kept/.wh.removed'), '');
  write(join(root, 'opaque/.wh..wh..opq'), '');
  write(join(root, 'opaque/new'), 'seen\n');
  write(join(root, 'becomes-file'), 'a file now\n');
  write(join(root, 'becomes-directory/inner'), 'in a directory now\n');
}

function again(root: string): void {
  write(join(root, 'removed/back'), 'made again in the third layer\n');
}

export const capabilities: Recipe = {
  tag: 'capabilities:latest',
  sources: ['capabilities.ts', 'busybox.ts'],
  inputs: () => [run('sha256sum', run('sh', '-c', 'command -v busybox').trim())],
  make: (scratch) => {
    const layers = [base, changes, again].map((fill, index) => {
      const tree = join(scratch, `tree-${index}`);
      mkdirSync(tree);
      fill(tree);
      return writeLayer(join(scratch, `layer-${index}.tar`), tree);
    });
    return { config: { Env: [DEFAULT_PATH], Cmd: ['sh'] }, layers };
  },
};
