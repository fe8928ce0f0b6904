/**
 * Write src/process/seccomp/syscall-tables.ts from the kernel's own headers, as Debian ships them:
 *
 *   apt-get download linux-libc-dev linux-libc-dev-arm64-cross linux-libc-dev-armhf-cross   (dpkg -x each into DIR)
 *   node scripts/generate-syscall-tables.ts DIR
 *
 * Calls newer than those headers have one number on every architecture (since 5.1): they are listed in NEWER below,
 * from the kernel's include/uapi/asm-generic/unistd.h.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Table = Map<number, string>;

/** First number that is the same on every architecture. */
const COMMON_FROM = 424;

const NEWER: Readonly<Record<number, string>> = {
  451: 'cachestat',
  452: 'fchmodat2',
  453: 'map_shadow_stack',
  454: 'futex_wake',
  455: 'futex_wait',
  456: 'futex_requeue',
  457: 'statmount',
  458: 'listmount',
  459: 'lsm_get_self_attr',
  460: 'lsm_set_self_attr',
  461: 'lsm_list_modules',
  462: 'mseal',
  463: 'setxattrat',
  464: 'getxattrat',
  465: 'listxattrat',
  466: 'removexattrat',
  467: 'open_tree_attr',
  468: 'file_getattr',
  469: 'file_setattr',
  470: 'listns',
};

/** `#define __NR_name 12`, `(__X32_SYSCALL_BIT + 12)`, `(__NR_SYSCALL_BASE + 12)`. */
function readDefines(path: string): Table {
  const table: Table = new Map();
  const pattern = /^#\s*define\s+__NR(3264_|_)(\w+)\s+(?:\(\s*__\w+\s*\+\s*)?(0x[0-9a-f]+|\d+)\)?\s*$/gm;
  for (const [, prefix, name, number] of readFileSync(path, 'utf8').matchAll(pattern)) {
    if (name !== 'syscalls') table.set(Number(number), prefix === '3264_' ? `3264_${name}` : `${name}`);
  }
  return table;
}

/** asm-generic/unistd.h as a 64-bit architecture sees it: 3264 names lose their suffix, calls of 32 bits are left out. */
function readGeneric(path: string): Table {
  const table: Table = new Map();
  const names64: Record<string, string> = { fcntl: 'fcntl', statfs: 'statfs', fstatfs: 'fstatfs', truncate: 'truncate' };
  Object.assign(names64, {
    ftruncate: 'ftruncate',
    lseek: 'lseek',
    sendfile: 'sendfile',
    fstatat: 'newfstatat',
    fstat: 'fstat',
    mmap: 'mmap',
    fadvise64: 'fadvise64',
  });
  for (const [number, name] of readDefines(path)) {
    const plain = name.startsWith('3264_') ? names64[name.slice(5)] : name;
    if (plain === undefined) throw new Error(`${name} has no 64-bit name here`);
    // 403 to 423 are the calls with a 64-bit time_t of 32-bit architectures; sync_file_range2 shares 84.
    if (number >= 403 && number <= 423) continue;
    table.set(number, plain === 'sync_file_range2' ? 'sync_file_range' : plain);
  }
  table.delete(244); // arch_specific_syscall: where other architectures begin
  return table;
}

/** `read write =5 fstat`: names in the order of their numbers; `=N` says that the next one has number N. */
function pack(table: Table): string {
  const words: string[] = [];
  let next = 0;
  for (const [number, name] of [...table].toSorted(([a], [b]) => a - b)) {
    if (number !== next) words.push(`=${number}`);
    words.push(name);
    next = number + 1;
  }
  return words.join(' ');
}

function wrap(name: string, comment: string, text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 120) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return `/** ${comment} */\nexport const ${name}: string = \`\n${lines.join('\n')}\n\`;\n`;
}

const root = process.argv[2];
if (root === undefined) throw new Error('usage: node scripts/generate-syscall-tables.ts DIRECTORY-OF-UNPACKED-HEADERS');

const x86_64 = readDefines(join(root, 'usr/include/x86_64-linux-gnu/asm/unistd_64.h'));
x86_64.set(335, 'uretprobe').set(336, 'uprobe');
const x86 = readDefines(join(root, 'usr/include/x86_64-linux-gnu/asm/unistd_32.h'));
const x32 = readDefines(join(root, 'usr/include/x86_64-linux-gnu/asm/unistd_x32.h'));
const aarch64 = readGeneric(join(root, 'usr/aarch64-linux-gnu/include/asm-generic/unistd.h'));
const armDirectory = join(root, 'usr/arm-linux-gnueabihf/include/asm');
const arm = readDefines(join(armDirectory, 'unistd-eabi.h'));
// The kernel's sync_file_range2 has a second name on arm; calls of the architecture itself begin at 0xf0000.
arm.set(341, 'sync_file_range2');
for (const [offset, name] of [
  [1, 'breakpoint'],
  [2, 'cacheflush'],
  [3, 'usr26'],
  [4, 'usr32'],
  [5, 'set_tls'],
  [6, 'get_tls'],
] as const)
  arm.set(0xf0000 + offset, name);

const isCommon = ([number]: [number, string]): boolean => number >= COMMON_FROM && number < 512;
const common: Table = new Map([
  ...[...x86_64].filter(isCommon),
  ...Object.entries(NEWER).map(([number, name]) => [Number(number), name] as const),
]);
const own = (table: Table): Table => new Map([...table].filter((entry) => !isCommon(entry)));
const only64 = [...own(x86_64)].filter(([number, name]) => x32.get(number) !== name).map(([, name]) => name);
only64.push('map_shadow_stack');
for (const table of [x86, x32, aarch64, arm]) {
  for (const [number, name] of table) {
    if (isCommon([number, name]) && common.get(number) !== name) throw new Error(`${number} is ${name}, not ${common.get(number)}`);
  }
}

writeFileSync(
  'src/process/seccomp/syscall-tables.ts',
  `/**
 * System calls by number: facts from the kernel's headers, written by scripts/generate-syscall-tables.ts.
 * Names stand in the order of their numbers; \`=N\` says that the next one has number N.
 */

${[
  wrap('COMMON', 'The same on every architecture.', pack(common)),
  wrap('X86_64', 'x86_64 alone.', pack(own(x86_64))),
  wrap('ONLY_64', 'Those of x86_64 that x32 lacks, or has by another number.', only64.join(' ')),
  wrap(
    'X32',
    'x32, beside what it shares with x86_64 (all with bit 30 set).',
    pack(new Map([...own(x32)].filter(([number]) => number >= 512))),
  ),
  wrap('X86', 'i386.', pack(own(x86))),
  wrap('AARCH64', 'aarch64.', pack(own(aarch64))),
  wrap('ARM', '32-bit arm (EABI).', `${pack(own(arm))} =341 arm_sync_file_range`),
].join('\n')}`,
);
