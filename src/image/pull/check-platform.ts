/** Whether an image is for the platform that was asked for. */
import { TsrunError } from '../../model/errors.ts';
import type { ImageConfig, Platform } from '../../model/image.ts';
import type { RequestedPlatform } from '../../model/run-request.ts';
import { formatPlatform, isPlatform } from '../registry/platform.ts';

/** `--platform` in the form of images. */
export function asPlatform({ os, architecture, variant }: RequestedPlatform): Platform {
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** The error, in Docker's words, when an image is for another platform than `requested`; undefined when it fits, or none was asked for. */
export function platformMismatch(config: ImageConfig, name: string, requested: RequestedPlatform | undefined): TsrunError | undefined {
  if (requested === undefined) return undefined;
  const wanted = asPlatform(requested);
  if (isPlatform(config, wanted)) return undefined;
  const { os, architecture, variant } = config;
  const actual = formatPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
  const message = `image with reference ${name} was found but does not match the specified platform: wanted ${formatPlatform(wanted)}, actual: ${actual}`;
  return new TsrunError('NOT_FOUND', message, { step: 1, path: name });
}
