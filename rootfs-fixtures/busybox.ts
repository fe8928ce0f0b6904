/** The smallest useful image, in the shape of Docker Hub's busybox: this machine's static busybox, every applet a hard link to it. */
import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeLayer } from './image-archive.ts';
import { DEFAULT_PATH, type Recipe, run } from './recipe.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;
// root is in wheel, so that supplementary groups show.
const GROUP = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
wheel:x:10:root
mail:x:8:
cdrom:x:11:
dialout:x:18:
floppy:x:19:
video:x:28:
audio:x:29:
www-data:x:33:
operator:x:37:
users:x:100:
nobody:x:65534:
`;

/** busybox lies in /bin or in /usr/bin. */
const program = (): string => run('sh', '-c', 'command -v busybox').trim();

/** Fill `root` with the image's tree. */
export function makeBusyboxTree(root: string): void {
  for (const directory of ['bin', 'etc', 'home', 'root', 'usr/bin', 'usr/sbin', 'var/spool/mail', 'var/www', 'dev', 'lib']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  run('chmod', '1777', join(root, 'tmp'));
  run('chmod', '700', join(root, 'root'));
  const [binary, busybox] = [program(), join(root, 'bin/busybox')];
  copyFileSync(binary, busybox);
  for (const applet of new Set(
    run(binary, '--list')
      .trim()
      .split('\n')
      .map((name) => basename(name)),
  )) {
    if (applet !== 'busybox') linkSync(busybox, join(root, 'bin', applet));
  }
  writeFileSync(join(root, 'etc/passwd'), PASSWD);
  writeFileSync(join(root, 'etc/group'), GROUP);
  writeFileSync(join(root, 'etc/shadow'), 'root:*:10933:0:99999:7:::\n', { mode: 0o640 });
  // Fails where busybox is not the static one.
  run('chroot', root, '/bin/true');
}

export const busybox: Recipe = {
  tag: 'busybox:latest',
  sources: ['busybox.ts'],
  inputs: () => [run('sha256sum', program())],
  make: (scratch) => {
    const tree = join(scratch, 'tree');
    makeBusyboxTree(tree);
    return {
      config: { Env: [DEFAULT_PATH], Cmd: ['sh'] },
      layers: [writeLayer(join(scratch, 'layer.tar'), tree, '--owner=0', '--group=0')],
    };
  },
};
