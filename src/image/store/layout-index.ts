/**
 * `index.json` of the store's OCI layout: what other tools (skopeo, umoci, crane) see of it. It is derived: the database is
 * the truth, and whoever changes images or names writes it again. Source: OCI image-spec 1.1, image-layout.md.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopAt } from '../../kernel/steps.ts';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest, ImageConfig, Platform } from '../../model/image.ts';
import { commitDurably, transaction } from '../../state/database.ts';
import type { EnginePaths } from '../../state/paths.ts';
import { FULL_NAME, REFERENCE_NAME } from '../reference/annotations.ts';
import { parseReference } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../registry/media-types.ts';
import { readBlob, spaceError, syncDirectory } from './blobs.ts';
import type { Store } from './ingest-types.ts';
import { ownScratch } from '../../state/scratch.ts';

const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

export const layoutIndexPath = (paths: EnginePaths): string => join(paths.root, 'index.json');
const layoutFilePath = (paths: EnginePaths): string => join(paths.root, 'oci-layout');

/**
 * Change names of images, durably, and index.json after them. Killed in between, the next command writes index.json.
 * @param work inside a writing transaction
 */
export function changeNames<Result>(store: Store, work: () => Result): Result {
  const place = ownScratch(store.paths, `index-${process.pid}-${++changes}`);
  try {
    stopAt('names', 0);
    const result = commitDurably(store.database, work);
    stopAt('names', 1);
    writeLayoutIndex(store);
    return result;
  } finally {
    place.release();
  }
}

let changes = 0;

/**
 * Write index.json as the database has it, if it says something else. Not to be called in a transaction.
 * @returns whether it was written
 * @throws TsrunError NO_SPACE
 */
export function writeLayoutIndex(store: Store): boolean {
  // One writer at a time: an older state must not replace a newer one.
  return transaction(store.database, () => {
    const isWhole = readText(layoutFilePath(store.paths))?.trim() === LAYOUT;
    if (!isWhole) replaceFile(store.paths, layoutFilePath(store.paths), LAYOUT);
    const text = layoutIndexText(store);
    if (readText(layoutIndexPath(store.paths)) === text) return !isWhole;
    replaceFile(store.paths, layoutIndexPath(store.paths), text);
    return true;
  });
}

/** Whether both files say what the database says. Not to be called in a transaction. */
export function layoutIndexIsRight(store: Store): boolean {
  return transaction(store.database, () => {
    const hasNothing = store.database.prepare('SELECT 1 FROM images LIMIT 1').get() === undefined;
    const text = readText(layoutIndexPath(store.paths));
    // Before the first image there is neither.
    if (hasNothing && text === undefined) return true;
    return text === layoutIndexText(store) && readText(layoutFilePath(store.paths))?.trim() === LAYOUT;
  });
}

/** What index.json should hold. */
function layoutIndexText(store: Store): string {
  return `${JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: layoutDescriptors(store) }, undefined, 1)}\n`;
}

interface Row {
  name: string | null;
  target: Digest | null;
  manifest_digest: Digest;
  oci_manifest: Digest | null;
  config: string;
}

/** A descriptor for each tag; of an image without any, for each digest it is known by, or one without a name. */
function layoutDescriptors(store: Store): Descriptor[] {
  const rows = store.database
    .prepare(
      `SELECT image_names.name, image_names.target, images.manifest_digest, images.oci_manifest, images.config
       FROM images LEFT JOIN image_names ON image_names.image_id = images.id
         AND (image_names.name NOT LIKE '%@%'
           OR NOT EXISTS (SELECT 1 FROM image_names AS tag WHERE tag.image_id = images.id AND tag.name NOT LIKE '%@%'))
       WHERE hidden = 0 ORDER BY image_names.name, images.id`,
    )
    .all() as unknown as Row[];
  const known = knownDescriptors(store.paths);
  const of = (digest: Digest | null): Descriptor[] => {
    const found = digest === null ? undefined : describe(store.paths, digest, known);
    return found === undefined ? [] : [found];
  };
  // What OCI tools find by its name; and Docker's own forms of it, which they pass over, so that nothing is unaccounted for.
  const named: Descriptor[] = [];
  const others = new Map<Digest, Descriptor>();
  for (const row of rows) {
    const index = of(row.target);
    const forms = [...index, ...of(row.oci_manifest), ...of(row.manifest_digest)];
    const shown = forms.find(({ mediaType }) => mediaType === OCI_INDEX || mediaType === OCI_MANIFEST);
    for (const form of forms) if (form !== shown && !isPartOf(form, row, index)) others.set(form.digest, form);
    if (shown === undefined) continue;
    const platform = shown.mediaType === OCI_INDEX ? {} : { platform: platformOf(row.config) };
    named.push({ ...shown, ...platform, ...(row.name === null ? {} : { annotations: annotationsOf(row.name) }) });
  }
  return [...named, ...others.values()];
}

/** An index leads to the image's own manifest. */
const isPartOf = ({ digest }: Descriptor, row: Row, index: readonly Descriptor[]): boolean =>
  index.length > 0 && digest === row.manifest_digest;

function annotationsOf(name: string): Record<string, string> {
  return { [REFERENCE_NAME]: familiarName(parseReference(name)), [FULL_NAME]: name };
}

function platformOf(config: string): Platform {
  const { os, architecture, variant } = JSON.parse(config) as ImageConfig;
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

/** Type and size of a manifest or index; undefined: its blob isn't here, or isn't one. */
function describe(paths: EnginePaths, digest: Digest, known: Map<Digest, Descriptor>): Descriptor | undefined {
  const before = known.get(digest);
  if (before !== undefined) return before;
  try {
    const bytes = readBlob(paths, digest);
    const { mediaType, manifests } = JSON.parse(bytes.toString('utf8')) as { mediaType?: unknown; manifests?: unknown };
    const shaped = Array.isArray(manifests) ? OCI_INDEX : OCI_MANIFEST;
    return { mediaType: typeof mediaType === 'string' ? mediaType : shaped, digest, size: bytes.length };
  } catch (error) {
    if (error instanceof TsrunError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What index.json says now, so that not every manifest is read for every new name. */
function knownDescriptors(paths: EnginePaths): Map<Digest, Descriptor> {
  const known = new Map<Digest, Descriptor>();
  try {
    const { manifests } = JSON.parse(readText(layoutIndexPath(paths)) ?? '{}') as { manifests?: Partial<Descriptor>[] };
    for (const { mediaType, digest, size } of manifests ?? [])
      if (mediaType !== undefined && digest !== undefined && size !== undefined) known.set(digest, { mediaType, digest, size });
  } catch {
    // Damaged: it is written again, and all manifests are read for it.
  }
  return known;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The old file or the new one, whole, whatever happens. */
function replaceFile(paths: EnginePaths, path: string, text: string): void {
  const scratch = ownScratch(paths, `layout-${process.pid}`);
  try {
    const made = join(scratch.directory, 'file');
    writeFileSync(made, text, { mode: 0o644 });
    const fd = openSync(made, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(made, path);
    syncDirectory(paths.root);
  } catch (error) {
    throw spaceError(error) ?? error;
  } finally {
    scratch.release();
  }
}
