/** A layer or archive that is larger than it may be. */
import { TsrunError } from '../../model/errors.ts';

/** @param what is larger than what: `the layer has more than 10 entries` */
export function tooLarge(what: string): TsrunError {
  return new TsrunError('HOSTILE', `${what}: a decompression bomb?`, {
    hint: 'if you trust it, raise the limit: tsrun --max-layer-size, --max-layer-entries',
  });
}
