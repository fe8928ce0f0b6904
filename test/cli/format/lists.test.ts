import test from 'ava';
import { containerListing } from '../../../src/cli/format/containers.ts';
import { historyListing, imageLines, imageListing } from '../../../src/cli/format/images.ts';
import { listText } from '../../../src/cli/format/listing.ts';
import { volumeListing } from '../../../src/cli/format/volumes.ts';
import type { Container } from '../../../src/model/container.ts';
import type { Image } from '../../../src/model/image.ts';
import { ID, running, sample } from '../../container/sample.ts';

const now = Date.parse('2026-07-13T00:01:00.500Z');

/** What `ps` prints of containers whose images kept their names. */
function psText(
  containers: Container[],
  options: { truncate?: boolean; size?: boolean; quiet?: boolean; format?: string } = {},
): Promise<string> {
  const { truncate = true, size = false, quiet = false, format } = options;
  const sizes = { own: 5, whole: 72_700_005 };
  const listing = containerListing({ now, truncate, size, imageName: ({ config }) => config.image, sizes: () => sizes });
  return listText(listing, containers, { format, quiet });
}

test('tsrun ps, as the notes show it', async (t) => {
  t.is(
    await psText([sample(running())]),
    'CONTAINER ID   IMAGE          COMMAND                  CREATED              STATUS          PORTS     NAMES\n' +
      'c5e44c78f8ac   ubuntu:20.04   "/bin/sh -c \'while t…"   About a minute ago   Up 59 seconds             infallible_kare\n',
  );
});

test('tsrun ps -a, --no-trunc, and images by ID', async (t) => {
  const exited = sample(
    { status: 'exited', exitCode: 137, oomKilled: false, startedAt: '', finishedAt: '2026-07-12T23:59:00Z' },
    { image: '9873176a8ff5' },
  );
  const [, line = ''] = (await psText([exited])).split('\n');
  t.regex(line, /^c5e44c78f8ac {3}9873176a8ff5 {3}.* {3}Exited \(137\) 2 minutes ago {3}/);
  const [, whole = ''] = (await psText([sample({ status: 'created' })], { truncate: false })).split('\n');
  t.true(whole.startsWith(ID));
  t.true(whole.includes(`"/bin/sh -c 'while true; do echo hello world; sleep 1; done'"`));
  t.true(whole.includes('   Created   '));
});

function image(hex: string, size: number, created: string): Image {
  return {
    id: `sha256:${hex.padEnd(64, '0')}`,
    manifestDigest: `sha256:${'d'.repeat(64)}`,
    config: { architecture: 'amd64', os: 'linux', created, rootfs: { type: 'layers', diff_ids: [] } },
    size,
    layers: [],
    addedAt: created,
  };
}

test('tsrun images: a line a name, <none> where there is none', async (t) => {
  const images = [
    {
      image: image('fb7e254ca75e', 92_900_000, '2026-07-05T00:00:00Z'),
      names: [`redis@sha256:${'e'.repeat(64)}`, 'bitnami/redis-cluster:6.2'],
    },
    { image: image('355a832ad5f3', 1_140_000_000, '2026-06-28T00:00:00Z'), names: [] },
    {
      image: image('9873176a8ff5', 72_700_000, '2026-06-20T00:00:00Z'),
      names: [`ubuntu@sha256:${'e'.repeat(64)}`, 'ubuntu:20.04', 'ubuntu:focal'],
    },
  ];
  const lines = imageLines(images, true);
  const options = { format: undefined, quiet: false };
  t.is(
    await listText(imageListing({ now, truncate: true, digests: false }), imageLines(images, false), options),
    'REPOSITORY              TAG       IMAGE ID       CREATED       SIZE\n' +
      'bitnami/redis-cluster   6.2       fb7e254ca75e   8 days ago    92.9MB\n' +
      'redis                   <none>    fb7e254ca75e   8 days ago    92.9MB\n' +
      '<none>                  <none>    355a832ad5f3   2 weeks ago   1.14GB\n' +
      'ubuntu                  20.04     9873176a8ff5   3 weeks ago   72.7MB\n' +
      'ubuntu                  focal     9873176a8ff5   3 weeks ago   72.7MB\n',
  );
  t.is(lines[3]?.digest, `sha256:${'e'.repeat(64)}`);
  t.regex(await listText(imageListing({ now, truncate: false, digests: true }), lines, options), /TAG +DIGEST +IMAGE ID/);
});

test('tsrun ps --format: the fields that Docker has', async (t) => {
  const labelled = sample(running([{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8080 }]), {
    labels: { 'c.d': 'e', a: 'b' },
    mounts: [
      { type: 'volume', name: 'a-volume-with-a-long-name', target: '/data', readOnly: false, copy: true },
      { type: 'bind', source: '/tmp', target: '/host', readOnly: true, propagation: undefined, createSource: true },
      { type: 'tmpfs', target: '/run', options: '' },
    ],
  });
  const [json = ''] = (await psText([labelled], { format: 'json' })).split('\n');
  // As docker 20.10 wrote it, escapes and order included; but for the zone.
  t.is(
    json.replace(/"CreatedAt":"[^"]*"/, '"CreatedAt":"when"'),
    '{"Command":"\\"/bin/sh -c \'while t…\\"","CreatedAt":"when","ID":"c5e44c78f8ac","Image":"ubuntu:20.04","Labels":"a=b,c.d=e","LocalVolumes":"1","Mounts":"a-volume-with-…,/tmp","Names":"infallible_kare","Networks":"bridge","Ports":"0.0.0.0:8080-\\u003e80/tcp","RunningFor":"About a minute ago","Size":"5B (virtual 72.7MB)","State":"running","Status":"Up 59 seconds"}',
  );
  t.is(
    await psText([labelled], { format: '{{.Label "c.d"}} {{.Label "none"}}|{{.Networks}}\\t{{.Size}}' }),
    'e |bridge\t5B (virtual 72.7MB)\n',
  );
  t.is(
    await psText([labelled], { format: 'table {{upper .ID}} {{json .Names}}\\t{{truncate .Names 2}}\\t{{.Label "com.foo-bar_baz"}}' }),
    'CONTAINER ID NAMES               NAMES     foo bar baz\nC5E44C78F8AC "infallible_kare"   in        \n',
  );
  t.is(await psText([labelled], { format: 'raw', quiet: true }), 'container_id: c5e44c78f8ac\n');
  t.regex(
    await psText([labelled], { format: 'raw', size: true }),
    /^container_id: c5e44c78f8ac\nimage: ubuntu:20.04\ncommand: .*\nlabels: a=b,c.d=e\nports: .*\nsize: 5B/s,
  );
  t.regex(await psText([labelled], { size: true }), / {3}NAMES +SIZE\n.* {3}5B \(virtual 72.7MB\)\n$/);
  t.is(await psText([labelled], { quiet: true, format: 'table {{.Names}}' }), 'NAMES\ninfallible_kare\n');
});

test('on a terminal, what strangers wrote is shown; a format’s own control characters are the user’s', async (t) => {
  const list = (terminal: boolean, format?: string): Promise<string> => {
    const hostile = sample(running(), { labels: { note: '\u001b]0;gone\u0007' }, image: 'x\u009b2J' });
    const listing = containerListing({
      now,
      truncate: false,
      size: false,
      imageName: ({ config }) => config.image,
      sizes: () => ({ own: 0, whole: 0 }),
    });
    return listText(listing, [hostile], { format, quiet: false, terminal });
  };
  t.regex(await list(true), / x\\u009b2J /);
  t.is(await list(true, '\u001b[1m{{.Label "note"}}|{{.Labels}}'), '\u001b[1m\\u001b]0;gone\\u0007|note=\\u001b]0;gone\\u0007\n');
  // Whoever reads a pipe gets what there is, as from Docker.
  t.is(await list(false, '{{.Label "note"}}'), '\u001b]0;gone\u0007\n');
});

test('a label that is not there is nothing, whatever JavaScript calls its own', async (t) => {
  t.is(await psText([sample(running())], { format: '{{.Label "constructor"}}|{{.Label "__proto__"}}' }), '|\n');
});

test('tsrun ps --format: what is wrong with a template, in Docker words', async (t) => {
  const error = (format: string, containers = [sample(running())]): Promise<Error | undefined> =>
    t.throwsAsync(psText(containers, { format }));
  const message =
    'failed to execute template: template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.ContainerContext';
  t.is((await error('{{.Foo}}'))?.message, message);
  // Said also where there is nothing to list.
  t.is((await error('{{.Foo}}', []))?.message, message);
  t.is((await error('{{'))?.message, 'failed to parse template: template: :1: unclosed action');
  t.is(
    (await error('{{.Label}}'))?.message,
    'failed to execute template: template: :1:2: executing "" at <.Label>: wrong number of args for Label: want 1 got 0',
  );
});

test('states in words', async (t) => {
  const status = async (container: Container): Promise<string> => (await psText([container], { format: '{{.Status}}' })).trim();
  const ended = { exitCode: 1, oomKilled: false, startedAt: '', finishedAt: '2026-07-13T00:00:57Z' };
  const alive = { pid: 4, startedAt: '2026-07-12T23:59:00Z', ports: [] };
  t.is(await status(sample({ status: 'restarting', restartAt: '', ...ended })), 'Restarting (1) 3 seconds ago');
  t.is(await status(sample({ status: 'paused', ...alive })), 'Up 2 minutes (Paused)');
  const sick = { ...sample({ status: 'running', ...alive }), health: { status: 'healthy' as const, failingStreak: 0, log: [] } };
  t.is(await status(sick), 'Up 2 minutes (healthy)');
});

test('tsrun history: <missing> below what is here, tabs as blanks', async (t) => {
  const steps = [
    {
      id: `sha256:${'22ca850c170e'.padEnd(64, '0')}` as const,
      created: '2026-07-12T23:58:00Z',
      createdBy: 'nginx -g daemon off;',
      comment: 'modified index.html',
      size: 1230,
    },
    {
      id: undefined,
      created: '2026-07-09T00:00:00Z',
      createdBy: '/bin/sh -c #(nop)\tCMD ["nginx" "-g" "daemon off;"]',
      comment: '',
      size: 0,
    },
  ];
  const view = { now, truncate: true, human: true };
  t.is(
    await listText(historyListing(view), steps, { format: undefined, quiet: false }),
    'IMAGE          CREATED         CREATED BY                                      SIZE      COMMENT\n' +
      '22ca850c170e   3 minutes ago   nginx -g daemon off;                            1.23kB    modified index.html\n' +
      '<missing>      4 days ago      /bin/sh -c #(nop) CMD ["nginx" "-g" "daemon …   0B        \n',
  );
  t.is(await listText(historyListing(view), steps, { format: undefined, quiet: true }), '22ca850c170e\n<missing>\n');
  t.regex(
    await listText(historyListing({ ...view, human: false }), steps, { format: undefined, quiet: false }),
    /CREATED AT .*\n.* {3}1230 /,
  );
  const plain = { format: '{{.CreatedSince}}|{{.CreatedAt}}', quiet: false };
  for (const line of (await listText(historyListing({ ...view, human: false }), steps, plain)).trim().split('\n')) {
    const [since, at] = line.split('|');
    t.is(since, at);
  }
  await t.throwsAsync(listText(historyListing(view), steps, { format: '{{.Foo}}', quiet: false }), {
    message: 'template parsing error: template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *image.historyContext',
  });
});

test('tsrun volume ls', async (t) => {
  const volumes = [{ name: 'my-vol', createdAt: '2026-07-13T00:00:00Z', anonymous: false, labels: { a: 'b' } }];
  const listing = volumeListing({ root: '/r', state: '/s' });
  t.is(await listText(listing, volumes, { format: undefined, quiet: false }), 'DRIVER    VOLUME NAME\nlocal     my-vol\n');
  t.is(
    await listText(listing, volumes, { format: '{{.Mountpoint}} {{.Label "a"}} {{.Size}}', quiet: false }),
    '/r/volumes/my-vol/_data b N/A\n',
  );
  t.is(await listText(listing, volumes, { format: 'raw', quiet: false }), 'name: my-vol\ndriver: local\n\n');
});
