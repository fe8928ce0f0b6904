/** `import` from a URL: a server beside the engine, in its network. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../helpers/command.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';

/** Gives a file to who asks with this name and password; prints its port. */
const SERVER = `
  const { createServer } = require('node:http');
  const { readFileSync } = require('node:fs');
  const wanted = 'Basic ' + Buffer.from('me:secret').toString('base64');
  const server = createServer((request, response) => {
    if (request.url.startsWith('/open')) return response.end(readFileSync(process.argv[1]));
    if (request.headers.authorization !== wanted) return response.writeHead(403, 'N\\x9bo').end();
    response.end(readFileSync(process.argv[1]));
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

rootTest('import from a URL: words and history, without what is secret in it', async (t) => {
  const engine = await startEngine(t);
  const file = join(engine.directory, 'root.tar');
  writeFileSync(
    file,
    tar([
      { path: 'etc/', type: '5' },
      { path: 'etc/one', data: 'one' },
    ]),
  );
  const server = start(...engine.network.enter(process.execPath, ['-e', SERVER, file]));
  t.teardown(async () => {
    server.child.kill();
    await server.done;
  });
  const [line] = (await once(server.child.stdout!, 'data')) as [Buffer];
  const host = `127.0.0.1:${line.toString().trim()}`;

  const plain = await engine.tsrun(['import', `http://${host}/open/root.tar`, 'plain']);
  t.is(plain.code, 0, plain.stderr);
  t.regex(plain.stdout, new RegExp(`^Downloading from http://${host}/open/root\\.tar\nsha256:[0-9a-f]{64}\n$`));
  t.is(await engine.ok('history', '--format', '{{.Comment}}', 'plain'), `Imported from http://${host}/open/root.tar`);

  const secret = await engine.tsrun(['import', `http://me:secret@${host}/root.tar?signature=secret`, 'secret']);
  t.is(secret.code, 0, secret.stderr);
  t.regex(secret.stdout, new RegExp(`^Downloading from http://${host}/root\\.tar\n`));
  t.is(await engine.ok('history', '--format', '{{.Comment}}', 'secret'), `Imported from http://${host}/root.tar`);

  const refused = await engine.tsrun(['import', `http://me:wrong@${host}/root.tar`]);
  t.is(refused.code, 1);
  t.regex(refused.stderr, new RegExp(`^tsrun: failed to GET http://${host}/root\\.tar with status 403 `));
  t.notRegex(refused.stderr, /wrong|\u009b/);

  const wrong = await engine.tsrun(['import', 'http://[nonsense/x']);
  t.deepEqual([wrong.code, wrong.stdout, wrong.stderr], [1, '', 'tsrun: invalid URL: http://[nonsense/x\n']);
});
