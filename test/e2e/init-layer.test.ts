/** What the engine puts into every root lies in one layer an image: how it is made, what it spares a container, and when it goes. */
import { existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { killedAt, stoppedProcesses } from '../helpers/killed-at.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

const RUN = ['run', '--rm', '--network', 'none', 'busybox'];

/** Paths of the init layers that are there. */
function initLayers(engine: TestEngine): string[] {
  const directory = join(engine.root, 'layers/i');
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

const isWhole = (layer: string): boolean => lstatSync(join(layer, 'etc/mtab')).isSymbolicLink() && existsSync(join(layer, '.dockerenv'));

rootTest('two commands at once make one', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const place = 'init:0';
  const running = [1, 2].map(() => engine.start([...RUN, 'cat', '/etc/hostname'], { environment: { TSRUN_BREAK: place } }));
  for (const { child } of running) child.stdin?.end();
  // Each has made its own, and none is in its place yet.
  const held = await until('both are held', () => {
    const found = stoppedProcesses(engine, place);
    return found.length === 2 ? found : undefined;
  });
  t.deepEqual(initLayers(engine), []);
  for (const pid of held) process.kill(pid, 'SIGCONT');
  for (const { code, stderr } of await Promise.all(running.map(async (each) => each.done))) t.deepEqual([code, stderr], [0, '']);
  t.deepEqual(initLayers(engine).map(isWhole), [true]);
  t.deepEqual(readdirSync(join(engine.root, 'scratch')), []);
});

rootTest('killed while it is made, and when it is in its place', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const [place, left] of [
    ['init:0', []],
    ['init:1', [true]],
  ] as const) {
    t.true(await killedAt(engine, place, [...RUN, 'true']), place);
    t.is(await engine.ok('ps', '-aq'), '', place);
    t.deepEqual(initLayers(engine).map(isWhole), left, place);
    t.deepEqual(readdirSync(join(engine.root, 'scratch')), [], place);
  }
  t.is(await engine.ok(...RUN, 'readlink', '/etc/mtab'), '/proc/mounts');
});

rootTest('a container that wrote nothing has nothing, and all of an image share one', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const directory = (name: string, which: string): Promise<string> => engine.ok('inspect', '-f', `{{.GraphDriver.Data.${which}Dir}}`, name);
  await engine.ok('create', '--name', 'one', 'busybox', 'true');
  await engine.ok('run', '--name', 'two', '--hostname', 'x', '--tmpfs', '/run', 'busybox', 'sh', '-c', 'cat /etc/hosts /etc/resolv.conf');
  await engine.ok('start', '-a', 'one');
  for (const name of ['one', 'two']) {
    t.deepEqual(readdirSync(await directory(name, 'Upper')), name === 'one' ? [] : ['run'], name);
    t.is((await directory(name, 'Lower')).split(':')[0], initLayers(engine)[0], name);
  }
});

rootTest('it stays while a container needs it, and goes with the image', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'box', '--network', 'none', 'busybox', 'touch', '/new');
  await engine.ok('rmi', '--force', 'busybox');
  await engine.ok('image', 'prune', '--all', '--force');
  t.is(initLayers(engine).length, 1);
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  await engine.ok('start', '-a', 'box');
  t.is(await engine.ok('diff', 'box'), 'A /new');
  await engine.ok('rm', 'box');
  t.deepEqual(initLayers(engine), []);
  t.deepEqual(readdirSync(join(engine.root, 'scratch')), []);
});

rootTest('after a boot it is made anew, and a container that stayed goes on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'test -e /.dockerenv || touch /again; rm -f /.dockerenv; touch /etc/new';
  await engine.ok('run', '--name', 'box', '--network', 'none', 'busybox', 'sh', '-c', script);
  const changes = 'A /etc/new\nC /etc\nD /.dockerenv';
  const diff = async (): Promise<string> => (await engine.ok('diff', 'box')).split('\n').toSorted().join('\n');
  t.is(await diff(), changes);
  const [layer = ''] = initLayers(engine);
  writeFileSync(join(engine.state, 'boot'), 'another');
  await engine.ok('ps');
  t.deepEqual(initLayers(engine), []);
  t.is(await diff(), changes);
  await engine.ok('start', '-a', 'box');
  t.is(await diff(), `A /again\n${changes}`);
  t.true(isWhole(layer));
  t.is(await engine.ok(...RUN, 'ls', '/.dockerenv'), '/.dockerenv');
});
