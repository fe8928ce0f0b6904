/** The name that `pull` and `push` are given. */
import { parseWithoutDefaultTag } from '../../image/reference/parse.ts';
import { DEFAULT_TAG, type Reference } from '../../image/reference/reference.ts';
import { TsrunError } from '../../model/errors.ts';

export interface TransferName {
  /** Without a tag where all tags are meant. */
  reference: Reference;
  /** No tag was given, and one is meant: Docker says which. */
  defaulted: boolean;
}

/**
 * @param all `--all-tags`
 * @throws TsrunError INVALID_ARGUMENT for what is no name, and for a tag where all are meant
 */
export function readTransferName(text: string, all: boolean): TransferName {
  const given = parseWithoutDefaultTag(text);
  const isBare = given.tag === undefined && given.digest === undefined;
  if (all && !isBare) throw new TsrunError('INVALID_ARGUMENT', "tag can't be used with --all-tags/-a");
  const defaulted = isBare && !all;
  return { reference: defaulted ? { ...given, tag: DEFAULT_TAG } : given, defaulted };
}
