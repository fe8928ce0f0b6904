/** `tsrun doctor`: each thing that can be wrong is broken on purpose, found, mended, and found no more. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { detectCgroups, cgroupDirectory } from '../../src/kernel/cgroup/index.ts';
import { native } from '../../src/kernel/native.ts';
import { mustRun } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { killedAt } from '../helpers/killed-at.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';
import { until } from '../helpers/wait.ts';

const HEX = 'e'.repeat(64);

function inDatabase<Result>(engine: TestEngine, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(engine.root, 'tsrun.db'), { timeout: 10_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const row = (engine: TestEngine, sql: string): string =>
  inDatabase(engine, (database) => String(Object.values(database.prepare(sql).get() ?? {})[0])).replace(/^sha256:/, '');
const blob = (engine: TestEngine, hex: string): string => join(engine.root, 'blobs/sha256', hex);
const layerHex = (engine: TestEngine): string => row(engine, 'SELECT chain_id FROM layers');
const layerBlob = (engine: TestEngine): string => blob(engine, row(engine, 'SELECT blob_digest FROM layers'));

/** Broken: told of, and nothing else; mended; and well. */
async function isMended(t: ExecutionContext, engine: TestEngine, expected: RegExp, ...more: RegExp[]): Promise<void> {
  const found = await engine.tsrun(['doctor']);
  t.is(found.code, 1, `${expected}: ${found.stdout}${found.stderr}`);
  const lines = found.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('  ') && !/ found; /.test(line));
  for (const each of [expected, ...more])
    t.true(
      lines.some((line) => each.test(line)),
      `${each} in ${found.stdout}`,
    );
  t.is(lines.length, 1 + more.length, found.stdout);
  const fixed = await engine.tsrun(['doctor', '--fix']);
  t.is(fixed.code, 0, `${expected}: ${fixed.stdout}${fixed.stderr}`);
  t.regex(fixed.stdout, /\n {2}mended: [^]*, all mended\n$/);
  const after = await engine.tsrun(['doctor']);
  t.is(`${after.stdout}${after.stderr}${after.code}`, 'Nothing is wrong.\n0', `${expected}`);
}

async function imageRuns(t: ExecutionContext, engine: TestEngine): Promise<void> {
  t.is(await engine.ok('run', '--rm', '--network', 'none', '--pull', 'never', 'busybox', 'echo', 'well'), 'well');
}

const load = (engine: TestEngine): Promise<string> => engine.ok('load', '--quiet', '--input', fixture('busybox'));

rootTest('nothing is wrong with an engine that was never used, or only just', async (t) => {
  const engine = await startEngine(t);
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  await load(engine);
  await engine.ok('run', '--network', 'none', '--name', 'one', '-v', 'data:/data', 'busybox', 'true');
  await engine.ok('run', '-d', '--name', 'two', '-p', '8080:80', 'busybox', 'sleep', '1000');
  t.is(await engine.ok('doctor', '--fix'), 'Nothing is wrong.');
});

rootTest('images: blobs, layers, manifests, index.json', async (t) => {
  const engine = await startEngine(t, 'busybox');

  writeFileSync(join(engine.root, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
  await isMended(t, engine, /index\.json, or oci-layout beside it, doesn't say/);
  t.regex(readFileSync(join(engine.root, 'index.json'), 'utf8'), /busybox:latest/);

  rmSync(join(engine.root, 'oci-layout'));
  await isMended(t, engine, /oci-layout/);

  writeFileSync(blob(engine, HEX), 'x');
  await isMended(t, engine, /eeee is damaged/, /eeee is of no image/);

  mkdirSync(join(engine.root, 'layers', HEX, 'deep'), { recursive: true });
  await isMended(t, engine, /layers\/e+ is of no layer that is recorded/);
  t.false(existsSync(join(engine.root, 'layers', HEX)));
  mkdirSync(join(engine.root, 'layers/i', HEX), { recursive: true });
  await isMended(t, engine, /layers\/i\/e+ is of no layer that is recorded/);

  rmSync(blob(engine, row(engine, 'SELECT manifest_digest FROM images')));
  await isMended(t, engine, /^the manifest of image [0-9a-f]{12} is missing/);
  await mustRun('skopeo', ['--insecure-policy', 'copy', '--quiet', `oci:${engine.root}:busybox:latest`, `dir:${engine.directory}/out`]);

  inDatabase(engine, (database) => database.prepare('UPDATE image_names SET target = ?').run(`sha256:${HEX}`));
  await isMended(t, engine, /^the index of docker\.io\/library\/busybox:latest is missing/);

  // A layer's directory is unpacked again from its blob.
  const tree = join(engine.root, 'layers', layerHex(engine));
  const before = readdirSync(tree).toSorted();
  native().removeTree(tree);
  await isMended(t, engine, /^layer sha256:[0-9a-f]{64} has lost its directory/);
  t.deepEqual(readdirSync(tree).toSorted(), before);
  await imageRuns(t, engine);

  // What no one else has can't be made again: the image is forgotten, and comes again.
  const breaks: [() => void, RegExp][] = [
    [() => rmSync(layerBlob(engine)), /^the layer of image [0-9a-f]{12} is missing/],
    [() => truncateSync(layerBlob(engine), 1000), /is damaged: it hashes to something else/],
    [() => writeFileSync(layerBlob(engine), Buffer.alloc(statSync(layerBlob(engine)).size, 7)), /is damaged/],
    [() => rmSync(blob(engine, row(engine, 'SELECT id FROM images'))), /^the config of image [0-9a-f]{12} is missing/],
  ];
  for (const [breakIt, expected] of breaks) {
    breakIt();
    await isMended(t, engine, expected);
    t.is(await engine.ok('images', '-q'), '', `${expected}`);
    await load(engine);
    await imageRuns(t, engine);
  }

  inDatabase(engine, (database) =>
    database.exec('PRAGMA foreign_keys = OFF; DELETE FROM images; DELETE FROM image_names; DELETE FROM image_layers'),
  );
  await isMended(t, engine, /^layer sha256:[0-9a-f]{64} is of no image/, /blob .* is of no image/, /blob .* is of no image/, /index\.json/);
  t.deepEqual(readdirSync(join(engine.root, 'blobs/sha256')), []);
});

rootTest('a lost layer whose blob is lost too: the image is forgotten, and that is said', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--network', 'none', '--name', 'user', 'busybox', 'true');
  native().removeTree(join(engine.root, 'layers', layerHex(engine)));
  rmSync(layerBlob(engine));
  const { stdout, code } = await engine.tsrun(['doctor', '--fix']);
  t.is(code, 1, stdout);
  t.regex(stdout, /\d problems found, \d left\n$/);
  t.is(await engine.ok('images', '-q'), '');
  await load(engine);
  t.is((await engine.tsrun(['doctor', '--fix'])).code, 0);
  await imageRuns(t, engine);
});

rootTest('containers, addresses, cgroups, volumes', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--network', 'none', '--name', 'lost', 'busybox', 'true');
  const id = await engine.ok('inspect', '--format', '{{.Id}}', 'lost');

  for (const { version, ...hierarchy } of detectCgroups().hierarchies)
    mkdirSync(cgroupDirectory({ version, ...hierarchy }, `/tsrun-${id}`));
  const count = detectCgroups().hierarchies.length;
  await isMended(t, engine, /^cgroup .* is of a container that doesn't run/, ...Array.from({ length: count - 1 }, () => /^cgroup /));

  inDatabase(engine, (database) => {
    database.exec(`INSERT OR IGNORE INTO networks VALUES ('bridge', '${engine.bridge}', '172.30.0.0/16', '172.30.0.1')`);
    database.exec(`INSERT INTO leases VALUES ('bridge', '172.30.0.9', '${id}')`);
    database.exec(`INSERT INTO ports VALUES ('tcp', '0.0.0.0', 8088, '${HEX}', '172.30.0.9', 80)`);
  });
  await isMended(
    t,
    engine,
    /^address 172\.30\.0\.9 is held for container [0-9a-f]{12}, which doesn't run/,
    /^port 0\.0\.0\.0:8088\/tcp is held/,
  );

  rmSync(join(engine.root, 'containers', id), { recursive: true });
  await isMended(t, engine, /^container lost \([0-9a-f]{12}\) has lost its directory/);
  t.is(await engine.ok('ps', '-aq'), '');

  mkdirSync(join(engine.root, 'containers', HEX, 'upper'), { recursive: true });
  await isMended(t, engine, /containers\/e+ is of no container that is recorded/);

  await engine.ok('volume', 'create', 'data');
  rmSync(join(engine.root, 'volumes/data'), { recursive: true });
  await isMended(t, engine, /^volume data has lost its data/);

  mkdirSync(join(engine.root, 'volumes/found/_data'), { recursive: true });
  writeFileSync(join(engine.root, 'volumes/found/_data/file'), 'mine');
  await isMended(t, engine, /volumes\/found\/_data is of no volume that is recorded/);
  t.regex(await engine.ok('volume', 'ls', '-q'), /^found$/m);
  t.is(readFileSync(join(engine.root, 'volumes/found/_data/file'), 'utf8'), 'mine');

  inDatabase(engine, (database) => database.exec(`INSERT INTO container_volumes VALUES ('${HEX}', 'data')`));
  await isMended(t, engine, /^volume data is kept for container e+, which is not recorded/);
  await engine.ok('volume', 'rm', 'data', 'found');

  mkdirSync(join(engine.root, 'scratch/stray'), { recursive: true });
  await isMended(t, engine, /^scratch\/stray was left by a command that was killed/);
  t.true(await killedAt(engine, 'collect:1', ['rmi', 'busybox']));
  const found = await engine.tsrun(['doctor']);
  t.regex(found.stdout, /^scratch\/collect-\S+ was left by a command that was killed/m);
  t.is((await engine.tsrun(['doctor', '--fix'])).code, 0);
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
});

rootTest('cgroups of containers that are recorded no more, and only of this engine’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const [gone, foreign] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  const { hierarchies } = detectCgroups();
  const directories = (path: string): string[] => hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, path));
  t.teardown(() => {
    for (const path of [...directories(`/tsrun-${foreign}`), ...directories(`/tsrun-${gone}`)]) if (existsSync(path)) rmdirSync(path);
  });
  for (const path of [...directories(`/tsrun-${gone}`), ...directories(`/tsrun-${foreign}`)]) mkdirSync(path);
  inDatabase(engine, (database) =>
    database.exec(`INSERT INTO events (time_ms, type, action, actor, attributes) VALUES (1, 'container', 'create', '${gone}', '{}')`),
  );
  await isMended(
    t,
    engine,
    /^cgroup .* is of a container that is recorded no more/,
    ...Array.from({ length: hierarchies.length - 1 }, () => /^cgroup /),
  );
  t.deepEqual(
    directories(`/tsrun-${gone}`).filter((path) => existsSync(path)),
    [],
  );
  t.true(directories(`/tsrun-${foreign}`).every((path) => existsSync(path)));

  // In a directory of its own, which was made for it.
  const parent = `/tsrun-test-${gone.slice(0, 12)}`;
  for (const path of directories(`${parent}/tsrun-${gone}`)) mkdirSync(path, { recursive: true });
  inDatabase(engine, (database) => {
    for (const path of directories(parent)) database.exec(`INSERT INTO cgroup_parents VALUES ('${gone}', '${path}')`);
  });
  await isMended(t, engine, /^directories are kept for the cgroup of container [0-9a-f]{12}, which is recorded no more/);
  t.deepEqual(
    directories(parent).filter((path) => existsSync(path)),
    [],
  );
});

rootTest('published ports that the firewall has for nobody, or not at all', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const table = `tsrun_${engine.bridge}`;
  const nft = (...words: string[]): Promise<string> => engine.network.run('nft', ...words);
  await engine.ok('run', '-d', '--name', 'web', '-p', '8080:80', '-p', '127.0.0.1:8081:81/udp', 'busybox', 'sleep', '1000');
  const before = await nft('list', 'table', 'ip', table);

  await nft('add', 'element', 'ip', table, 'ports', '{ tcp . 9999 : 172.17.0.99 . 80 }');
  await nft('add', 'element', 'ip', table, 'addressed_ports', '{ 127.0.0.1 . udp . 9998 : 172.17.0.99 . 80 }');
  await isMended(t, engine, /^the firewall has port 0\.0\.0\.0:9999\/tcp, which no/, /^the firewall has port 127\.0\.0\.1:9998\/udp/);
  t.is(await nft('list', 'table', 'ip', table), before);

  const lost = [
    /^port 0\.0\.0\.0:8080\/tcp of container [0-9a-f]{12} is not in the firewall/,
    /^port 127\.0\.0\.1:8081\/udp of container/,
  ] as const;
  await nft('delete', 'element', 'ip', table, 'ports', '{ tcp . 8080 }');
  await isMended(t, engine, lost[0]);
  t.is(await nft('list', 'table', 'ip', table), before);
  await nft('delete', 'table', 'ip', table);
  await isMended(t, engine, ...lost);
  t.is(await nft('list', 'table', 'ip', table), before);
});

rootTest('an interface on the bridge whose container ended, while a process keeps its namespace', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const name of ['stays', 'goes']) await engine.ok('run', '-d', '--name', name, 'busybox', 'sleep', '1000');
  const pid = await engine.ok('inspect', '--format', '{{.State.Pid}}', 'goes');
  const namespace = readlinkSync(`/proc/${pid}/ns/net`);
  const keeper = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, 'sleep', '1000'], { stdio: 'ignore' });
  t.teardown(() => void keeper.kill('SIGKILL'));
  await until('it is in the namespace', () => readlinkSync(`/proc/${keeper.pid}/ns/net`) === namespace);
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  await engine.ok('rm', '--force', 'goes');
  await isMended(t, engine, /^interface veth[0-9a-f]{7} leads from the bridge to no container/);
  const ports = await engine.network.run('ip', '-o', 'link', 'show', 'master', engine.bridge);
  t.is(ports.trim().split('\n').length, 1, ports);
  await engine.ok(
    'exec',
    'stays',
    'ping',
    '-c',
    '1',
    '-W',
    '30',
    await engine.ok('inspect', '--format', '{{.NetworkSettings.Gateway}}', 'stays'),
  );
});

rootTest('sizes that are recorded and aren’t so', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const shown = await engine.ok('images', '--format', '{{.Size}}');
  const change = (sql: string): void => inDatabase(engine, (database) => database.exec(sql));
  change('UPDATE images SET size = size + 5000000');
  await isMended(t, engine, /^image sha256:[0-9a-f]{64} is recorded as \d+ bytes, and its layers are \d+/);
  t.is(await engine.ok('images', '--format', '{{.Size}}'), shown);
  for (const delta of [-1000, 1000]) {
    change(`UPDATE layers SET size = size + ${delta}; UPDATE images SET size = size + ${delta}`);
    // What is wrong with the image shows when its layer is right.
    t.regex((await engine.tsrun(['doctor'])).stdout, /^the size of layer sha256:[0-9a-f]{64} is recorded as \d+ bytes, and is \d+/m);
    await engine.tsrun(['doctor', '--fix']);
    await engine.ok('doctor', '--fix');
    t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  }
  change('UPDATE layers SET blob_size = blob_size + 1');
  await isMended(t, engine, /^the blob's size of layer sha256:[0-9a-f]{64} is recorded/);
  // A file that a layer has twice counts twice.
  const twice = tar([
    { path: 'file', data: 'x'.repeat(1000) },
    { path: './file', data: 'y' },
    { path: 'lower', type: '1', link: 'file' },
    { path: 'link', type: '2', link: 'file' },
  ]);
  t.is((await engine.tsrun(['import', '-', 'twice:1'], { input: twice })).code, 0);
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  t.is(await engine.ok('images', '--format', '{{.Size}}'), `1kB\n${shown}`);
});

rootTest('a container whose monitor was killed', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--network', 'none', 'busybox', 'sleep', '1000');
  const { monitorPid } = JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as { monitorPid: number };
  process.kill(monitorPid, 'SIGKILL');
  await until('it is noticed', async () => /has nobody who looks after it/.test((await engine.tsrun(['doctor'])).stdout));
  t.is((await engine.tsrun(['doctor', '--fix'])).code, 0);
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
});
