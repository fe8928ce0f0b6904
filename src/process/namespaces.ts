/** Namespace types of config.json and their clone(2) flags. */
import * as constants from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';
import type { OciNamespace, OciNamespaceType } from '../oci-spec/runtime.ts';

export const NAMESPACE_FLAGS: Readonly<Record<OciNamespaceType, number>> = {
  mount: constants.CLONE_NEWNS,
  pid: constants.CLONE_NEWPID,
  network: constants.CLONE_NEWNET,
  uts: constants.CLONE_NEWUTS,
  ipc: constants.CLONE_NEWIPC,
  user: constants.CLONE_NEWUSER,
  cgroup: constants.CLONE_NEWCGROUP,
  time: constants.CLONE_NEWTIME,
};

/** What becomes of each namespace type: a new one, one to join at a path, or (missing) the monitor's own. */
export type Namespaces = ReadonlyMap<OciNamespaceType, 'new' | { path: string }>;

/** Read `linux.namespaces`. Throws INVALID_ARGUMENT for an unknown type or one given twice. */
export function readNamespaces(list: readonly OciNamespace[]): Namespaces {
  const namespaces = new Map<OciNamespaceType, 'new' | { path: string }>();
  for (const [index, { type, path }] of list.entries()) {
    const at = `linux.namespaces[${index}].type`;
    if (!Object.hasOwn(NAMESPACE_FLAGS, type)) throw new TsrunError('INVALID_ARGUMENT', `${at}: ${JSON.stringify(type)} is no namespace`);
    if (namespaces.has(type)) throw new TsrunError('INVALID_ARGUMENT', `${at}: ${type} is given twice`);
    namespaces.set(type, path === undefined || path === '' ? 'new' : { path });
  }
  return namespaces;
}
