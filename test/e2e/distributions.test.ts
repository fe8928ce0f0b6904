/** Images as people use them: a Debian, and a web server made from one. */
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

rootTest('Debian: a shell, its name, its package manager', async (t) => {
  const engine = await startEngine(t, 'debian');
  const out = await engine.ok(
    'run',
    '--rm',
    'debian:bookworm',
    'bash',
    '-c',
    '. /etc/os-release; echo $PRETTY_NAME; dpkg -l bash | tail -n 1 | cut -c1-8; su nobody -s /bin/sh -c "id -un"',
  );
  t.is(out, 'Debian GNU/Linux 12 (bookworm)\nii  bash\nnobody');
});

rootTest('Debian on a terminal', async (t) => {
  const engine = await startEngine(t, 'debian');
  const terminal = await engine.terminal(['run', '-it', '--rm', '-h', 'deb', 'debian:bookworm', '/bin/bash']);
  await terminal.expect('root@deb:/# ');
  terminal.type('cat /etc/debian_version; exit 3\n');
  await terminal.expect(/12\.\d+/);
  t.is(await terminal.ended, 3);
});

rootTest('nginx: published, logging to stdout, stopped by SIGQUIT', async (t) => {
  const engine = await startEngine(t, 'nginx');
  await engine.ok('run', '-d', '--name', 'web', '-p', '8080:80', 'nginx');
  const page = await until('it answers', async () => {
    const client = `fetch('http://127.0.0.1:8080/').then((answer) => answer.text()).then((text) => process.stdout.write(text), () => {})`;
    return (await engine.network.run(process.execPath, '-e', client)) || undefined;
  });
  t.regex(page, /Welcome to nginx!/);
  await until('the request is in the log', async () => (await engine.tsrun(['logs', 'web'])).stdout.includes('"GET / HTTP/1.1" 200'));
  // Long enough for whoever ends by itself, however busy the machine.
  await engine.ok('stop', '-t', '120', 'web');
  const [found] = JSON.parse(await engine.ok('inspect', 'web')) as { State: { ExitCode: number } }[];
  t.is(found?.State.ExitCode, 0, 'it ended by itself, as asked');
});
