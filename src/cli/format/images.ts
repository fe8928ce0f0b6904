/** The table of `tsrun images`. */
import { shortId } from '../../container/names.ts';
import type { Image } from '../../model/image.ts';
import { humanAgo, humanSize } from './human.ts';
import { formatTable } from './table.ts';

/** One line of the list: an image has one a name. */
export interface ImageLine {
  image: Image;
  /** `<none>` where it has no name. */
  repository: string;
  tag: string;
  digest: string;
}

const NONE = '<none>';

/**
 * The lines of images with their names as people write them (`ubuntu:20.04`, `ubuntu@sha256:…`).
 * A digest name is a line of its own only where no tag names the same repository.
 */
export function imageLines(images: readonly { image: Image; names: readonly string[] }[]): ImageLine[] {
  return images.flatMap(({ image, names }) => {
    const digests = new Map<string, string>();
    const tagged: ImageLine[] = [];
    for (const name of names) {
      const at = name.indexOf('@');
      if (at >= 0) digests.set(name.slice(0, at), name.slice(at + 1));
      else {
        const colon = name.lastIndexOf(':');
        tagged.push({ image, repository: name.slice(0, colon), tag: name.slice(colon + 1), digest: NONE });
      }
    }
    for (const line of tagged) line.digest = digests.get(line.repository) ?? NONE;
    const named = new Set(tagged.map((line) => line.repository));
    const untagged = [...digests].filter(([repository]) => !named.has(repository));
    const lines = [...tagged, ...untagged.map(([repository, digest]) => ({ image, repository, tag: NONE, digest }))];
    return lines.length > 0 ? lines : [{ image, repository: NONE, tag: NONE, digest: NONE }];
  });
}

/** @param now milliseconds, as Date.now */
export function imageTable(lines: readonly ImageLine[], now: number, options: { truncate: boolean; digests: boolean }): string {
  const digest = (cell: string): string[] => (options.digests ? [cell] : []);
  return formatTable(
    ['REPOSITORY', 'TAG', ...digest('DIGEST'), 'IMAGE ID', 'CREATED', 'SIZE'],
    lines.map((line) => [
      line.repository,
      line.tag,
      ...digest(line.digest),
      options.truncate ? shortId(line.image.id) : line.image.id,
      humanAgo(line.image.config.created, now),
      humanSize(line.image.size),
    ]),
  );
}
