/** What was asked for and what the image says, made one, with what this host and the other containers are. */
import { existsSync, readFileSync } from 'node:fs';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { findContainer } from '../container/find.ts';
import { mergeImage, type MergeContext } from '../container/merge-image.ts';
import { readCandidates } from '../container/records.ts';
import type { ContainerConfig } from '../model/container.ts';
import type { Image } from '../model/image.ts';
import type { RunListener, RunRequest } from '../model/run-request.ts';
import type { Engine } from './engine.ts';
import { onlineSets } from './host-facts.ts';

/**
 * The config of a container that is to be, with this ID. What was asked for and can't be had is told as a warning.
 * @throws TsrunError INVALID_ARGUMENT for what can't be, in Docker's words; NOT_FOUND, CONFLICT of another container's name
 */
export function mergeRequest(
  engine: Engine,
  { id, image, request }: { id: string; image: Image; request: RunRequest },
  listener: RunListener,
): ContainerConfig {
  const { config, warnings } = mergeImage(request, image, {
    id,
    host: HOST,
    findContainer: (text) => findContainer(readCandidates(engine.database(), text), text),
  });
  for (const warning of warnings) listener.warning?.(warning);
  return config;
}

const readFact = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '');

/** Each is read when it is asked: most runs ask for one at most. */
const HOST: MergeContext['host'] = {
  hostname: () => readKernelFile('/proc/sys/kernel/hostname').trim(),
  ...onlineSets,
  hasSecurityModule: (name) =>
    name === 'apparmor' ? readFact('/sys/module/apparmor/parameters/enabled') === 'Y' : existsSync('/sys/fs/selinux/enforce'),
};
