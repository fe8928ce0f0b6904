/** Flags that mean nothing here, or ask for what no host of ours has: each is refused in Docker's words, and none is passed over. */
import { TsrunError } from '../../model/errors.ts';
import { cut } from '../../model/cut.ts';
import type { FlagValues } from '../flags.ts';
import { UsageError } from '../usage-error.ts';
import { refuseGpus } from './gpus.ts';
import { refused } from './refusal.ts';

const WINDOWS_FLAGS = ['cpu-count', 'cpu-percent', 'io-maxbandwidth', 'io-maxiops'];

/** @throws Error */
export function refuseUnavailable(flags: FlagValues): void {
  for (const name of WINDOWS_FLAGS) {
    if (flags.has(name)) throw new UsageError('run', `"--${name}" is only supported on windows, but tsrun is running on linux`, 1);
  }
  const isolation = flags.word('isolation');
  if (isolation !== undefined && isolation.toLowerCase() !== 'default') {
    throw refused(`Invalid isolation: ${JSON.stringify(isolation)} - linux only supports 'default'`);
  }
  const runtime = flags.word('runtime');
  if (runtime !== undefined && runtime !== 'tsrun') {
    throw new TsrunError('INVALID_ARGUMENT', `unknown or invalid runtime name: ${runtime}`, { hint: 'there is one runtime here: tsrun' });
  }
  const driver = flags.word('volume-driver');
  if (driver !== undefined && driver !== 'local') {
    throw refused(`error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`);
  }
  for (const option of flags.list('storage-opt')) refuseStorageOption(option);
  const gpus = flags.text('gpus');
  if (gpus !== undefined) refuseGpus(gpus);
}

function refuseStorageOption(text: string): never {
  const [name, value] = cut(text, '=');
  if (value === undefined) throw refused('invalid storage option');
  if (name.toLowerCase() !== 'size') throw refused(`Unknown option ${name}`);
  throw new TsrunError('INVALID_ARGUMENT', "--storage-opt is supported only for overlay over xfs with 'pquota' mount option", {
    hint: "a container's writable layer has no quota of its own here",
  });
}

/** Addresses and aliases belong to networks that a user made. @throws Error in Docker's words */
export function refuseOnBuiltInNetwork(flags: FlagValues): void {
  const names = flags.list('network');
  if (flags.list('network-alias').length > 0) {
    if (names.length > 0) throw new Error('network-scoped aliases are only supported for user-defined networks');
    throw new Error('network-scoped alias is supported only for containers in user defined networks');
  }
  if (flags.list('link').length > 0 && names.length > 0) throw new Error('links are only supported for user-defined networks');
  if (['ip', 'ip6', 'link-local-ip'].some((name) => flags.word(name) !== undefined)) {
    throw refused('user specified IP address is supported on user defined networks only');
  }
}
