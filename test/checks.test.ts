/** The checks that are no tests, as tests: so that one command runs and counts them all. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { structureProblems } from '../scripts/check-structure.ts';

const root = join(import.meta.dirname, '..');

/** What a development tool says when it is not content; empty when it is. */
function complaints(tool: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', tool), words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? '' : `${tool}: ${stdout}${stderr}`;
}

test('runs on the Node.js that the lock file pins', (t) => {
  t.regex(process.version, /^v24\./);
});

test('types are right (tsc)', (t) => {
  t.is(complaints('tsc'), '');
});

test('the linter is content (oxlint)', (t) => {
  t.is(complaints('oxlint'), '');
});

test('nothing is unused (knip)', (t) => {
  t.is(complaints('knip'), '');
});

test('files are formatted (oxfmt)', (t) => {
  t.is(complaints('oxfmt', '--list-different'), '');
});

test('imports point one way, and no file is too long', (t) => {
  t.deepEqual(structureProblems(root), []);
});
