/** What a program does with the API, step by step; prints what it finds as JSON. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { Engine, isTsrunError } from 'tsrun';

const found: Record<string, unknown> = {};
const codeOf = async (work: () => Promise<unknown>): Promise<unknown> =>
  await work().then(
    () => 'no error',
    (error: unknown) => (isTsrunError(error) ? [error.code, error.step] : String(error)),
  );

/** What a link names; nothing where it is gone. */
function readlinkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

await using engine = new Engine();
{
  await using box = await engine.run({ image: 'busybox', command: ['cat'], stdin: true, name: 'echo', ports: [{ container: 80 }] });
  found['names'] = [/^[0-9a-f]{64}$/.test(box.id), box.name];
  found['address'] = typeof box.address === 'string' && box.hostPort(80) > 0;
  box.stdin.end('through a container\n');
  found['echo'] = [await text(box.stdout), await box.wait()];
}
{
  const box = await engine.run({
    image: 'busybox',
    command: ['sh', '-c', 'echo out; echo err >&2; id -u; pwd; hostname; exit 7'],
    user: '1000',
    workingDirectory: '/tmp',
    hostname: 'there',
    network: 'none',
  });
  found['options'] = [await text(box.stdout), await text(box.stderr), await box.wait()];
}
{
  await using box = await engine.run({ image: 'busybox', command: ['sleep', '1000'] });
  const { exitCode, stdout, stderr } = await box.exec(['sh', '-c', 'cat; echo "$NAME"; echo err >&2; exit 3'], {
    input: 'in ',
    environment: { NAME: 'value' },
  });
  found['exec'] = [exitCode, String(stdout), String(stderr)];
  found['no such program'] = await codeOf(() => box.exec(['nonsense']));
  const left = await box.spawn(['sleep', '1000']);
  await left[Symbol.asyncDispose]();
  found['spawned and disposed of'] = await left.wait();
  const many = await Promise.all(Array.from({ length: 20 }, (_, index) => box.exec(['sh', '-c', `exit ${index}`])));
  found['twenty at once'] = many.every((each, index) => each.exitCode === index);
  found['stopped'] = await box.stop(0.1);
  // It is removed by now.
  found['stopped again'] = [await box.stop(Infinity), box.address ?? 'no address', box.ports.length];
  found['used after its end'] = await Promise.all([
    codeOf(() => box.exec(['true'])),
    codeOf(() => box.signal('TERM')),
    codeOf(() => box.signal('NONSENSE')),
    codeOf(() => box.stop(-1)),
  ]);
}
{
  const box = await engine.run({
    image: 'busybox',
    terminal: true,
    stdin: true,
    command: ['sh', '-c', 'read line; stty size; echo "$line"'],
  });
  await box.resize(33, 99);
  box.stdin.write('typed\n');
  found['terminal'] = [(await text(box.stdout)).replaceAll('\r', ''), await box.wait()];
}
{
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-api-'));
  writeFileSync(join(folder, 'in'), 'from the host\n');
  const began = Date.now();
  await using box = await engine.run({ image: 'busybox', command: ['sh', '-c', 'echo one; echo two >&2; sleep 1000'], name: 'copied' });
  await box.copyIn(join(folder, 'in'), '/tmp/inside');
  await box.exec(['sh', '-c', 'cat /tmp/inside /tmp/inside > /tmp/twice']);
  await box.copyOut('/tmp/twice', join(folder, 'out'));
  found['copied'] = readFileSync(join(folder, 'out'), 'utf8');
  found['copied nothing'] = await codeOf(() => box.copyOut('/nonsense', folder));
  rmSync(folder, { recursive: true });
  const lines: string[] = [];
  while (lines.length < 2) {
    lines.length = 0;
    for await (const { stream, log } of box.logs()) lines.push(`${stream} ${log.toString()}`);
  }
  found['logs'] = lines.toSorted();
  const actions: string[] = [];
  for await (const event of engine.events({ since: began })) {
    if (event.actor === box.id) actions.push(event.action);
    if (event.action === 'start') break;
  }
  found['events'] = actions;
}
{
  await using box = await engine.run({
    image: 'busybox',
    command: ['sh', '-c', 'echo one; read line; echo "$line"; sleep 1000'],
    stdin: true,
  });
  box.ignoreOutput();
  const followed: string[] = [];
  for await (const { log } of box.logs({ follow: true })) {
    followed.push(log.toString());
    if (followed.length === 1) box.stdin.write('two\n');
    // Its end ends the iteration.
    if (followed.length === 2) await box.signal('KILL');
  }
  found['followed'] = followed;
}
{
  await using box = await engine.run({ image: 'busybox', command: ['sh', '-c', 'echo one; sleep 1000'] });
  const abort = new AbortController();
  const follow = async (): Promise<void> => {
    for await (const { log } of box.logs({ follow: true, abort: abort.signal }))
      setTimeout(() => abort.abort(new Error(`after ${String(log)}`)));
  };
  found['following aborted'] = await codeOf(follow);
}
found['no such command'] = await codeOf(() => engine.run({ image: 'busybox', command: ['nonsense'] }));
found['a NUL byte'] = await codeOf(() => engine.run({ image: 'busybox', command: ['echo', 'a\0b'] }));
const held = readdirSync('/proc/self/fd').flatMap((fd) => readlinkOf(`/proc/self/fd/${fd}`));
found['namespaces still held'] = held.filter((name) => name.startsWith('net:')).length;
found['no such image'] = await codeOf(() => engine.run({ image: 'nonsense', pull: 'never' }));
found['relative mount'] = await codeOf(() =>
  engine.run({ image: 'busybox', mounts: [{ type: 'bind', source: 'here', target: '/there' }] }),
);
found['nothing left'] = engine.containers().length;
const [kept] = await Promise.all([
  engine.run({ image: 'busybox', command: ['true'], keep: true, name: 'kept' }),
  engine.run({ image: 'busybox', command: ['sleep', '1000'], name: 'left-running' }),
]);
await kept.wait();
found['kept'] = engine
  .containers()
  .map(({ name, state }) => `${name} ${state.status}`)
  .toSorted();
// The engine's disposal ends what still runs; a timer would keep this process from ending.
await sleep(0);
console.log(JSON.stringify(found));
