/** What of a config.json this engine does not do is refused by its name, never left out in silence. */
import { TsrunError } from '../model/errors.ts';
import type { OciConfig } from '../oci-spec/runtime.ts';

/** Throws UNSUPPORTED for the first such field that says something. */
export function refuseUnsupported(spec: OciConfig): void {
  const { linux = {}, hooks = {} } = spec;
  const fields: readonly (readonly [name: string, value: unknown])[] = [
    ['solaris', spec.solaris],
    ['windows', spec.windows],
    ['vm', spec.vm],
    ['zos', spec.zos],
    ['freebsd', spec.freebsd],
    ...Object.entries(hooks).map(([name, list]) => [`hooks.${name}`, list] as const),
    ['linux.intelRdt', linux.intelRdt],
    ['linux.memoryPolicy', linux.memoryPolicy],
    ['linux.netDevices', linux.netDevices],
    ['linux.mountLabel', linux.mountLabel],
    ['linux.seccomp.listenerPath', linux.seccomp?.listenerPath],
  ];
  for (const [name, value] of fields) {
    if (!saysNothing(value)) throw new TsrunError('UNSUPPORTED', `${name}: is not supported`, { path: name });
  }
}

/** Whether a value is missing or empty, so that leaving it out changes nothing. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
