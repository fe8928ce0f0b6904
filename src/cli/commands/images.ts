/** `tsrun images`, `tsrun image ls`: list images. */
import { shortId } from '../../container/names.ts';
import { parseReference } from '../../image/reference/parse.ts';
import { familiarName, familiarRepository } from '../../image/reference/reference.ts';
import { listImages } from '../../image/store/images.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { imageLines, imageTable } from '../format/images.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  flags: [
    { name: 'all', short: 'a', help: 'Show all images (default hides intermediate images)' },
    { name: 'digests', help: 'Show digests' },
    { name: 'filter', short: 'f', value: 'filter', help: 'Filter output based on conditions provided', hidden: true, unsupported: true },
    { name: 'format', value: 'string', help: 'Format output using a template', hidden: true, unsupported: true },
    { name: 'no-trunc', help: "Don't truncate output" },
    { name: 'quiet', short: 'q', help: 'Only show image IDs' },
  ],
  words: { least: 0, most: 1 },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    const images = listImages({ paths: engine.paths, database: engine.database() });
    const wanted = nameFilter(words[0]);
    const lines = imageLines(
      images.map(({ image, names }) => ({ image, names: names.map((name) => familiarName(parseReference(name))) })),
    ).filter((line) => wanted(line.repository, line.tag));
    const truncate = !flags.flag('no-trunc');
    if (flags.flag('quiet')) {
      const ids = new Set(lines.map((line) => (truncate ? shortId(line.image.id) : line.image.id)));
      writeOut([...ids].map((id) => `${id}\n`).join(''));
    } else writeOut(imageTable(lines, Date.now(), { truncate, digests: flags.flag('digests') }));
    return 0;
  },
};

/** `ubuntu` is every tag of it, `ubuntu:20.04` that one. */
function nameFilter(text: string | undefined): (repository: string, tag: string) => boolean {
  if (text === undefined || text === '') return () => true;
  const tagged = text.slice(text.lastIndexOf('/') + 1).includes(':');
  const reference = parseReference(text);
  const repository = familiarRepository(reference);
  return (name, tag) => name === repository && (!tagged || tag === reference.tag);
}
