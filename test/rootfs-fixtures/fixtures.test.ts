/** Fixture images are what other tools take them for. */
import test from 'ava';
import { fixture, FIXTURE_NAMES, fixtureTag } from '../../rootfs-fixtures/fixtures.ts';
import { mustRun } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';

interface Inspected {
  config: { Cmd: string[] };
  rootfs: { diff_ids: string[] };
}

rootTest('an archive is a docker-archive and an OCI archive of the same image', async (t) => {
  const path = fixture('capabilities');
  const inspect = async (kind: string): Promise<Inspected> =>
    JSON.parse(await mustRun('skopeo', ['inspect', '--config', `${kind}:${path}`])) as Inspected;
  const [docker, oci] = [await inspect('docker-archive'), await inspect('oci-archive')];
  t.deepEqual(docker, oci);
  t.deepEqual(docker.config.Cmd, ['sh']);
  t.is(docker.rootfs.diff_ids.length, 3);
});

rootTest('the same recipe gives the same archive, made once', (t) => {
  t.is(fixture('busybox'), fixture('busybox'));
});

test('every fixture has a name with a tag', (t) => {
  for (const name of FIXTURE_NAMES) t.regex(fixtureTag(name), /^[a-z]+:[a-z]+$/);
});
