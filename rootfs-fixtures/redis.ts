/** A Redis server, as Debian packages it, with busybox for a shell: the program and the libraries it names, and nothing else. */
import { copyFileSync, globSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { makeBusyboxTree } from './busybox.ts';
import { extractDebianPackages } from './debian.ts';
import { writeLayer } from './image-archive.ts';
import { DEFAULT_PATH, type Recipe, run } from './recipe.ts';

const PROGRAMS = ['usr/bin/redis-server', 'usr/bin/redis-cli'];

export const redis: Recipe = {
  tag: 'redis:latest',
  sources: ['redis.ts', 'debian.ts', 'busybox.ts'],
  inputs: () => [run('sha256sum', run('sh', '-c', 'command -v busybox').trim())],
  make: (scratch) => {
    const [packages, tree] = [join(scratch, 'packages'), join(scratch, 'tree')];
    extractDebianPackages(packages, ['redis-server']);
    makeBusyboxTree(tree);
    for (const path of [...PROGRAMS, ...librariesOf(packages)]) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      copyFileSync(join(packages, path), join(tree, path));
    }
    mkdirSync(join(tree, 'data'));
    return {
      config: {
        Env: [DEFAULT_PATH],
        Cmd: ['redis-server', '--protected-mode', 'no', '--dir', '/data'],
        ExposedPorts: { '6379/tcp': {} },
        Volumes: { '/data': {} },
      },
      layers: [writeLayer(join(scratch, 'layer.tar'), tree)],
    };
  },
};

/** Paths of the libraries, and of the loader, that the programs need: the loader itself tells. */
function librariesOf(packages: string): string[] {
  const [loader] = globSync('{lib64,lib}/ld-linux-*.so.*', { cwd: packages });
  if (loader === undefined) throw new Error(`${packages} has no dynamic loader`);
  const listed = PROGRAMS.flatMap((program) => run('chroot', packages, `/${loader}`, '--list', `/${program}`).split('\n'));
  const paths = listed.map((line) => /(?:=> )?(?<path>\/\S+) \(0x/.exec(line)?.groups?.['path']).filter((path) => path !== undefined);
  return [...new Set([loader, ...paths.map((path) => relative('/', path))])];
}
