/** What every record carries; the expected texts were written by dockerd 20.10. */
import test from 'ava';
import { journalFields, jsonAttributes } from '../../src/process/log-fields.ts';
import { ID, running, sample } from '../container/sample.ts';

const logged = (logOptions: Record<string, string>, config = {}): ReturnType<typeof sample> =>
  sample(running(), {
    labels: { 'com.x': '1', sp: 'a b&é', other: 'no' },
    environment: ['FOO=bar', 'PATH=/bin', 'EMPTY'],
    logOptions,
    ...config,
  });

test('labels, variables and tag, by name, escaped as Go escapes them', (t) => {
  t.is(
    jsonAttributes(logged({ labels: 'com.x,nolabel,sp', env: 'FOO,PATH,EMPTY', tag: '{{.Name}}/{{.ID}}' })).toString(),
    String.raw`{"FOO":"bar","PATH":"/bin","com.x":"1","sp":"a b\u0026é","tag":"infallible_kare/c5e44c78f8ac"}`,
  );
  t.is(jsonAttributes(logged({ labels: 'constructor', env: 'toString' })).length, 0, 'what every object has is no label');
  t.is(jsonAttributes(logged({})).length, 0, 'no tag where none was asked for');
  t.is(jsonAttributes(logged({ 'labels-regex': '^com', 'env-regex': 'O$' })).toString(), '{"FOO":"bar","com.x":"1"}');
});

test('a tag names the container and its image', (t) => {
  const tag = (template: string): string => (JSON.parse(jsonAttributes(logged({ tag: template })).toString()) as { tag: string }).tag;
  t.is(tag('{{ .FullID }} {{.ImageName}} {{.ImageID}}'), `${ID} ubuntu:20.04 sha256:98731`);
  t.is(tag('{{.Command}}'), '/bin/sh -c while true; do echo hello world; sleep 1; done');
  t.throws(() => tag('{{.Nope}}'), { message: /failed to initialize logging driver: template: .* can't evaluate field Nope in type/ });
  t.throws(() => tag('{{if .Name}}x{{end}}'), { message: /holds more than text and fields/ });
});

test('fields of the journal, in its native form', (t) => {
  const text = journalFields(logged({ labels: 'com.x', env: 'FOO' })).toString();
  t.deepEqual(text.trimEnd().split('\n'), [
    'CONTAINER_ID=c5e44c78f8ac',
    `CONTAINER_ID_FULL=${ID}`,
    'CONTAINER_NAME=infallible_kare',
    'CONTAINER_TAG=c5e44c78f8ac',
    'IMAGE_NAME=ubuntu:20.04',
    'SYSLOG_IDENTIFIER=c5e44c78f8ac',
    'COM_X=1',
    'FOO=bar',
  ]);
  const bytes = journalFields(logged({ env: 'TWO' }, { environment: ['TWO=a\nb'] }));
  t.is(bytes.subarray(-'TWO\n12345678a\nb\n'.length).toString('latin1'), 'TWO\n\u0003\0\0\0\0\0\0\0a\nb\n');
});

test('more than a record can carry is refused', (t) => {
  t.throws(() => jsonAttributes(logged({ env: 'BIG' }, { environment: [`BIG=${'x'.repeat(70_000)}`] })), { message: /at most 65536/ });
});
