/**
 * Ask docker's client (Debian's docker.io) what it makes of the templates, and write down its answers: it speaks to a daemon of
 * this file's own that knows one container.
 *
 *   node test/cli/template/record-docker.ts [DOCKER]            20.10's client
 *   node test/cli/template/record-docker.ts --later DOCKER      28's, for what only that takes
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSPECTED, LATER, TEMPLATES, UNTYPED } from './cases.ts';

/** What the client printed, and how it ended. */
interface Answer {
  template: string;
  stdout: string;
  stderr: string;
  code: number;
}

const isLater = process.argv[2] === '--later';
const docker = process.argv[isLater ? 3 : 2] ?? '/usr/bin/docker';
const folder = mkdtempSync(join(tmpdir(), 'tsrun-templates-'));
const socket = join(folder, 'docker.sock');
const server = createServer((request, response) => {
  response.setHeader('API-Version', '1.41');
  response.setHeader('Content-Type', 'application/json');
  response.end(request.url === '/_ping' ? 'OK' : JSON.stringify(INSPECTED));
});
await new Promise<void>((resolve) => server.listen(socket, resolve));

const answers: Answer[] = [];
for (const template of isLater ? LATER : [...TEMPLATES, ...UNTYPED]) answers.push(await ask(template));
server.close();
rmSync(folder, { recursive: true });
const name = isLater ? 'later-answers.json' : 'docker-answers.json';
writeFileSync(join(import.meta.dirname, name), `[\n${answers.map((answer) => JSON.stringify(answer)).join(',\n')}\n]\n`);

function ask(template: string): Promise<Answer> {
  return new Promise((resolve) => {
    const words = ['inspect', '--type', 'container', '--format', template, 'x'];
    execFile(docker, words, { env: { DOCKER_HOST: `unix://${socket}`, HOME: folder } }, (error, stdout, stderr) => {
      resolve({ template, stdout, stderr, code: error === null ? 0 : Number(error.code) });
    });
  });
}
