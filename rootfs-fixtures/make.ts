/** `node rootfs-fixtures/make.ts NAME...`: make these images if they aren't there; prints a path each. */
import { FIXTURE_NAMES, type FixtureName, makeFixture } from './fixtures.ts';

const names = process.argv.slice(2);
if (names.length === 0) {
  console.error(`usage: node rootfs-fixtures/make.ts NAME...   (of ${FIXTURE_NAMES.join(', ')})`);
  process.exit(2);
}
for (const name of names) {
  if (!(FIXTURE_NAMES as readonly string[]).includes(name)) throw new Error(`no fixture ${name}; there are ${FIXTURE_NAMES.join(', ')}`);
  console.log(makeFixture(name as FixtureName));
}
