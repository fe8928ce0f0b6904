/** What the documents point to is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';

const root = join(import.meta.dirname, '../..');
const documents = globSync(['{README,CONTRIBUTING,CHANGELOG}.md', 'docs/**/*.md', 'examples/**/*.md'], {
  cwd: root,
  exclude: ['**/node_modules'],
});

for (const document of documents) {
  test(`links and paths of ${document} lead somewhere`, (t) => {
    const text = readFileSync(join(root, document), 'utf8');
    const links = [...text.matchAll(/\]\((?<path>[^)#:]+)(?:#[^)]*)?\)/g)].map((match) =>
      join(root, dirname(document), match.groups?.['path'] ?? ''),
    );
    const paths = [...text.matchAll(/`(?<path>(?:src|native|scripts|test|bench|docs|rootfs-fixtures|bin)\/[\w./-]*)`/g)].map((match) =>
      join(root, match.groups?.['path'] ?? ''),
    );
    t.deepEqual(
      [...links, ...paths].filter((path) => !existsSync(path)),
      [],
    );
  });
}

test('every decision is in the list of decisions', (t) => {
  const list = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
  const missing = globSync('*.md', { cwd: join(root, 'docs/decisions') }).filter(
    (name) => name !== 'README.md' && !list.includes(`](${name})`),
  );
  t.deepEqual(missing, []);
});
