import test from 'ava';
import { progressBar } from '../../../src/image/progress/bar.ts';
import type { PullEvent } from '../../../src/model/pull-event.ts';
import type { PushEvent } from '../../../src/model/push-event.ts';
import { createRenderer } from '../../../src/image/progress/renderer.ts';

const PULL: PullEvent[] = [
  { type: 'from', tagOrDigest: '20.04', repository: 'library/ubuntu' },
  { type: 'layer', id: 'c549ccf8d472', status: 'Pulling fs layer' },
  { type: 'layer', id: 'c549ccf8d472', status: 'Downloading', current: 1_200_000, total: 27_510_000 },
  { type: 'layer', id: 'c549ccf8d472', status: 'Verifying Checksum' },
  { type: 'layer', id: 'c549ccf8d472', status: 'Download complete' },
  { type: 'layer', id: 'c549ccf8d472', status: 'Extracting', current: 27_510_000, total: 27_510_000 },
  { type: 'layer', id: 'c549ccf8d472', status: 'Pull complete' },
  { type: 'digest', digest: 'sha256:aba80b77e27148d99c034a987e7da3a287ed455390352663418c0f2ed40417fe' },
  { type: 'status', isNewer: true, name: 'ubuntu:20.04' },
];

function render(events: readonly PullEvent[], terminal: boolean, columns = 120): string {
  return events.map(createRenderer({ terminal, columns: () => columns })).join('');
}

test('plain lines where there is no terminal', (t) => {
  t.is(
    render(PULL, false),
    `20.04: Pulling from library/ubuntu
c549ccf8d472: Pulling fs layer
c549ccf8d472: Verifying Checksum
c549ccf8d472: Download complete
c549ccf8d472: Pull complete
Digest: sha256:aba80b77e27148d99c034a987e7da3a287ed455390352663418c0f2ed40417fe
Status: Downloaded newer image for ubuntu:20.04
`,
  );
});

test('on a terminal a layer has one line, rewritten in place', (t) => {
  const line = (text: string): string => `\u001B[1A\u001B[2K\r${text}\r\u001B[1B`;
  t.is(
    render(PULL.slice(0, 4), true),
    [
      '20.04: Pulling from library/ubuntu\n',
      `\n${line('c549ccf8d472: Pulling fs layer ')}`,
      line(`c549ccf8d472: Downloading [==>${' '.repeat(48)}]    1.2MB/27.51MB`),
      line('c549ccf8d472: Verifying Checksum '),
    ].join(''),
  );
});

test('each layer moves to its own line', (t) => {
  const events: PullEvent[] = ['a', 'b', 'c', 'a'].map((id) => ({ type: 'layer', id, status: 'Waiting' }));
  t.is(
    render(events, true),
    '\n\u001B[1A\u001B[2K\ra: Waiting \r\u001B[1B' +
      '\n\u001B[1A\u001B[2K\rb: Waiting \r\u001B[1B' +
      '\n\u001B[1A\u001B[2K\rc: Waiting \r\u001B[1B' +
      '\u001B[3A\u001B[2K\ra: Waiting \r\u001B[3B',
  );
});

test('a narrow terminal has no bar, and a line never wraps', (t) => {
  const [, , download] = PULL;
  t.regex(render(download === undefined ? [] : [download], true, 80), /: Downloading {4}1\.2MB\/27\.51MB\r/);
  t.regex(render(download === undefined ? [] : [download], true, 20), /\rc549ccf8d472: Downl\r/);
});

test('other lines', (t) => {
  const events: PullEvent[] = [
    { type: 'missing', name: 'x:latest' },
    { type: 'defaultTag', tag: 'latest' },
    { type: 'layer', id: 'a', status: 'Retrying', seconds: 1.2 },
    { type: 'layer', id: 'a', status: 'Retrying', seconds: 0.2 },
    { type: 'status', isNewer: false, name: 'x:latest' },
  ];
  t.is(
    render(events, false),
    "Unable to find image 'x:latest' locally\nUsing default tag: latest\na: Retrying in 2 seconds\na: Retrying in 1 second\nStatus: Image is up to date for x:latest\n",
  );
});

test('bars', (t) => {
  const empty = ' '.repeat(50);
  t.is(progressBar(0, 0, 200), '');
  t.is(progressBar(5000, 0, 200), '     5kB');
  t.is(progressBar(0, 100, 200), `[>${empty}]       0B/100B`);
  t.is(progressBar(100, 100, 200), `[${'='.repeat(50)}>]     100B/100B`);
  t.is(progressBar(150, 100, 200), `[${'='.repeat(50)}>]     150B`);
  t.is(progressBar(50, 100, 110), '     50B/100B');
});

test('a push on a terminal: lines are rewritten in place, with bars', (t) => {
  const render = createRenderer({ terminal: true, columns: () => 120 });
  const events: PushEvent[] = [
    { type: 'refersTo', repository: 'docker.io/library/x' },
    { type: 'layer', id: 'aaaa', status: 'Preparing' },
    { type: 'layer', id: 'bbbb', status: 'Waiting' },
    { type: 'layer', id: 'aaaa', status: 'Pushing', current: 500, total: 1000 },
    { type: 'layer', id: 'bbbb', status: 'Mounted from y/z' },
    { type: 'layer', id: 'aaaa', status: 'Pushed' },
    { type: 'pushed', tag: '1', digest: 'sha256:ab', size: 527 },
  ];
  const text = events.map(render);
  t.is(text[0], 'The push refers to repository [docker.io/library/x]\n');
  t.is(text[3], `\u001B[2A\u001B[2K\raaaa: Pushing [${'='.repeat(25)}>${' '.repeat(25)}]     500B/1kB\r\u001B[2B`);
  t.is(text[4], '\u001B[1A\u001B[2K\rbbbb: Mounted from y/z \r\u001B[1B');
  t.is(text[6], '1: digest: sha256:ab size: 527\n');
});
