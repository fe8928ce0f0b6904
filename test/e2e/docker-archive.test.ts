/** What tsrun commits and saves, Docker loads, and the other way round: the same images, with the same files in them. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { mustRun } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { startDockerd, whyNoDocker } from '../side-by-side/dockerd.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/tsrun');

const reason = whyNoDocker();
const dockerTest = (title: string, implementation: (t: ExecutionContext) => Promise<void>): void =>
  reason === undefined ? rootTest(title, implementation) : test.skip(`${title} (${reason})`, implementation);

// Of busybox: the fixture `capabilities` holds a sparse file, and a layer with one Docker 20.10 can't save again.
const CHANGES = `mkdir /data; echo new > /data/new; rm /bin/wget; rm -r /home; mkdir /home; touch /home/anew; rm -r /var; echo file > /var
  chmod 4711 /data/new; ln /data/new /data/name2; mkfifo /data/pipe; mknod /data/node b 7 3; ln -s ../x /data/link
  chown 5:6 /data/new; touch -d '2001-02-03 04:05:06' /data/new; truncate -s 5M /data/hole; mkdir -p /data/${'long/'.repeat(40)}
  touch "/data/$(printf 'latin-\\351')"`;

dockerTest('an image goes from tsrun to Docker and back through archives, and stays the same', async (t) => {
  const dockerd = await startDockerd();
  t.teardown(() => dockerd.stop());
  const { network, docker: script } = await dockerd.stage([]);
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-docker-archive-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const dockerPath = join(directory, 'docker');
  writeFileSync(dockerPath, script);
  chmodSync(dockerPath, 0o755);
  const at = (name: string): string => join(directory, name);
  const run = (environment: Record<string, string>, program: string, ...words: string[]): Promise<string> =>
    mustRun(...network.enter(program, words), { environment }).then((text) => text.trim());
  const engine =
    (name: string) =>
    (...words: string[]): Promise<string> =>
      run({ TSRUN_ROOT: at(`${name}-root`), TSRUN_STATE: at(`${name}-state`) }, PROGRAM, ...words);
  const [one, two] = [engine('one'), engine('two')];
  const docker = (...words: string[]): Promise<string> => run({}, dockerPath, ...words);
  const names = ['busybox', 'mine:1'];
  const ids = (of: typeof docker): Promise<string[]> =>
    Promise.all(names.map((name) => of('image', 'inspect', '--format', '{{.Id}}', name)));
  /** A container's files, a line each: all that tar tells of them, but the links' numbers. */
  const files = async (of: typeof docker, image: string, archive: string): Promise<string> => {
    await of('create', '--name', archive, image, 'true');
    await of('export', '--output', at(archive), archive);
    await of('rm', archive);
    const listed = await mustRun('tar', ['--list', '--verbose', '--numeric-owner', '--full-time', '--xattrs', '--file', at(archive)]);
    // The mount points have the time of the container, and directories on the way there.
    return listed
      .split('\n')
      .filter((line) => !/ (?:\.dockerenv|(?:dev|etc|proc|sys)\/.*)$/.test(line))
      .map((line) => line.replace(/(:\d\d)\.\d+ /, '$1 ').replaceAll(/ +/g, ' '))
      .join('\n');
  };

  await one('load', '--input', fixture('busybox'));
  await one('run', '--net', 'none', '--name', 'box', 'busybox', 'sh', '-c', CHANGES);
  await one('commit', 'box', 'mine:1');
  await one('save', '--output', at('one.tar'), ...names);
  await docker('load', '--input', at('one.tar'));
  t.deepEqual(await ids(docker), await ids(one));
  t.is(await files(docker, 'mine:1', 'theirs'), await files(one, 'mine:1', 'ours'));
  await docker('save', '--output', at('docker.tar'), ...names);
  await two('load', '--input', at('docker.tar'));
  t.deepEqual(await ids(two), await ids(one));

  // And what Docker commits is the same here.
  await docker('run', '--net', 'none', '--name', 'box', 'busybox', 'sh', '-c', CHANGES);
  await docker('commit', 'box', 'mine:2');
  await docker('save', '--output', at('docker.tar'), 'mine:2');
  await two('load', '--input', at('docker.tar'));
  t.is(await files(two, 'mine:2', 'loaded'), await files(docker, 'mine:2', 'saved'));
  await one('rm', 'box');
  for (const each of [one, two]) await each('down');
});
