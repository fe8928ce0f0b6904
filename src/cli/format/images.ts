/** What lists show of images. Source: docker/cli, formatter/image.go and image/formatter_history.go. */
import { shortId } from '../../model/short-id.ts';
import type { NamedImage } from '../../image/filter.ts';
import type { HistoryStep } from '../../image/history.ts';
import type { Image } from '../../model/image.ts';
import { localTime } from '../../model/local-time.ts';
import { humanSize } from '../../model/size.ts';
import { ellipsis, humanAgo, shortSize } from './human.ts';
import type { Listing } from './listing.ts';
import { goTime } from './go-time.ts';

/** One line of the list: an image has one a name. */
export interface ImageLine {
  image: Image;
  /** `<none>` where it has no name. */
  repository: string;
  tag: string;
  digest: string;
}

const NONE = '<none>';
const NOT_COUNTED = 'N/A';
const CREATED_BY_WIDTH = 45;

/**
 * The lines of images. A digest is a line of its own only where no tag names the same repository.
 * @param withDigests a line for each digest that a tag's repository has
 */
export function imageLines(images: readonly NamedImage[], withDigests: boolean): ImageLine[] {
  return images.flatMap(({ image, names }) => {
    const digests = names.filter((name) => name.includes('@')).map((name) => halves(name, name.indexOf('@')));
    const tags = names.filter((name) => !name.includes('@')).map((name) => halves(name, name.lastIndexOf(':')));
    const tagged = tags.flatMap(([repository, tag]) => {
      const own = withDigests ? digests.filter(([name]) => name === repository).map(([, digest]) => digest) : [];
      return (own.length > 0 ? own : [NONE]).map((digest) => ({ image, repository, tag, digest }));
    });
    const named = new Set(tags.map(([repository]) => repository));
    const rest = digests.filter(([repository]) => !named.has(repository));
    const seen = withDigests ? rest : [...new Map(rest).entries()];
    const lines = [...tagged, ...seen.map(([repository, digest]) => ({ image, repository, tag: NONE, digest }))];
    return lines.length > 0 ? lines : [{ image, repository: NONE, tag: NONE, digest: NONE }];
  });
}

const halves = (name: string, at: number): [string, string] => [name.slice(0, at), name.slice(at + 1)];

export interface ImageView {
  /** Milliseconds, as Date.now. */
  now: number;
  truncate: boolean;
  /** A column more: DIGEST. */
  digests: boolean;
}

/** The columns of `images`. */
export function imageListing({ now, truncate, digests }: ImageView): Listing<ImageLine> {
  const notCounted = (title: string): Listing<ImageLine>['columns'][string] => ({ title, text: () => NOT_COUNTED });
  return {
    type: '*formatter.imageContext',
    columns: {
      Containers: notCounted('CONTAINERS'),
      CreatedAt: { title: 'CREATED AT', text: ({ image }) => goTime(image.config.created) },
      CreatedSince: { title: 'CREATED', text: ({ image }) => humanAgo(image.config.created, now) },
      Digest: { title: 'DIGEST', text: ({ digest }) => digest },
      ID: { title: 'IMAGE ID', text: ({ image }) => (truncate ? shortId(image.id) : image.id) },
      Repository: { title: 'REPOSITORY', text: ({ repository }) => repository },
      SharedSize: notCounted('SHARED SIZE'),
      Size: { title: 'SIZE', text: ({ image }) => shortSize(image.size) },
      Tag: { title: 'TAG', text: ({ tag }) => tag },
      UniqueSize: notCounted('UNIQUE SIZE'),
      VirtualSize: { title: 'SIZE', text: ({ image }) => humanSize(image.size) },
    },
    table: ['Repository', 'Tag', ...(digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'],
    id: 'ID',
    raw: {
      id: 'image_id',
      template: `repository: {{.Repository}}\ntag: {{.Tag}}\n${digests ? 'digest: {{.Digest}}\n' : ''}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n`,
    },
  };
}

export interface HistoryView {
  now: number;
  truncate: boolean;
  /** Sizes and times in words. */
  human: boolean;
}

/** The columns of `history`. */
export function historyListing({ now, truncate, human }: HistoryView): Listing<HistoryStep> {
  return {
    type: '*image.historyContext',
    columns: {
      Comment: { title: 'COMMENT', text: ({ comment }) => comment },
      CreatedAt: { title: 'CREATED AT', text: ({ created }) => createdAtText(created) },
      CreatedBy: { title: 'CREATED BY', text: ({ createdBy }) => createdByText(createdBy, truncate) },
      CreatedSince: { title: 'CREATED', text: ({ created }) => (human ? humanAgo(created, now) : createdAtText(created)) },
      ID: { title: 'IMAGE', text: ({ id }) => (id === undefined ? '<missing>' : truncate ? shortId(id) : id) },
      Size: { title: 'SIZE', text: ({ size }) => (human ? shortSize(size) : String(size)) },
    },
    table: ['ID', human ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment'],
    id: 'ID',
  };
}

const createdAtText = (created: string | undefined): string => (created === undefined ? 'N/A' : localTime(new Date(created)));

/** A tab would be a column's end. */
function createdByText(text: string, truncate: boolean): string {
  const plain = text.replaceAll('\t', ' ');
  return truncate ? ellipsis(plain, CREATED_BY_WIDTH) : plain;
}
