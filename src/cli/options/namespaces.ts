/** `--network`, `--ipc`, `--pid`, `--uts`, `--userns`, `--cgroupns`, `--platform`, `--pull`. */
import type { ContainerConfig, NetworkMode } from '../../model/container.ts';
import { TsrunError } from '../../model/errors.ts';
import type { PullPolicy, RequestedPlatform } from '../../model/run-request.ts';
import type { FlagValues } from '../flags.ts';
import { refused } from './refusal.ts';

/** @throws Error, or of a network that isn't there TsrunError, in Docker's words */
export function parseNetwork(flags: FlagValues): NetworkMode {
  const names = flags.list('network');
  if (names.length === 0) return { type: 'bridge' };
  if (names.length > 1) throw new Error('conflicting options: cannot attach both user-defined and non-user-defined network-modes');
  const name = (names[0] ?? '').replace(/^name=/, '');
  if (name === '') throw new Error('no name set for network');
  if (name === 'bridge' || name === 'default') return { type: 'bridge' };
  if (name === 'host' || name === 'none') return { type: name };
  if (name.startsWith('container:')) {
    const id = name.slice('container:'.length);
    if (id === '') throw new Error('Invalid network mode: invalid container format container:<name|id>');
    return { type: 'container', id };
  }
  throw refused(`network ${name} not found`);
}

/** `--ipc`. @throws TsrunError INVALID_ARGUMENT in Docker's words */
export function parseIpc(text: string | undefined): ContainerConfig['ipc'] {
  if (text === undefined || text === '' || text === 'private') return 'private';
  if (text === 'host' || text === 'shareable' || text === 'none') return text;
  if (isContainer(text)) return text;
  throw refused(`Invalid IPC mode: ${text}`);
}

/** `--pid`; of another container's only the form is looked at. @throws Error in Docker's words */
export function parsePid(text: string | undefined): ContainerConfig['pid'] {
  if (text === undefined || text === '') return 'private';
  if (text === 'host') return text;
  if (isContainer(text)) return text;
  throw new Error('--pid: invalid PID mode');
}

/** @throws Error in Docker's words */
export function parseUts(text: string | undefined): ContainerConfig['uts'] {
  if (text === undefined || text === '') return 'private';
  if (text === 'host') return text;
  throw new Error('--uts: invalid UTS mode');
}

/** @throws Error in Docker's words */
export function parseCgroupns(text: string | undefined): ContainerConfig['cgroupns'] {
  if (text === undefined || text === '' || text === 'private') return 'private';
  if (text === 'host') return text;
  throw new Error('--cgroupns: invalid CGROUP mode');
}

/**
 * Docker knows one word: `host` takes a container out of the user namespace that a daemon with `userns-remap` gives to all. There is no such
 * daemon here, so it changes nothing. @throws Error in Docker's words
 */
export function parseUserns(text: string | undefined): '' | 'host' {
  if (text === undefined || text === '') return '';
  if (text === 'host') return text;
  throw new Error('--userns: invalid USER mode');
}

function isContainer(text: string): text is `container:${string}` {
  return text.startsWith('container:') && text.length > 'container:'.length;
}

const SYSTEMS = new Set(['linux', 'windows', 'darwin', 'freebsd']);
const ARCHITECTURES: Record<string, [string, string?]> = {
  amd64: ['amd64'],
  'x86-64': ['amd64'],
  x86_64: ['amd64'],
  arm64: ['arm64'],
  aarch64: ['arm64'],
  arm: ['arm', 'v7'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  i386: ['386'],
  '386': ['386'],
  ppc64le: ['ppc64le'],
  s390x: ['s390x'],
  riscv64: ['riscv64'],
  mips64le: ['mips64le'],
};

/** `--platform` of `run` and `create`: `os/arch[/variant]`, `arch`, or `os` (of this machine's architecture). @throws Error in the client's words */
export function parsePlatform(text: string | undefined): RequestedPlatform | undefined {
  return platformOf(text, (what) => refused(`error parsing specified platform: ${what}`));
}

/** `--platform` of `pull` and `import`, where Docker's daemon reads it. @throws TsrunError INVALID_ARGUMENT in its words */
export function readPlatform(text: string | undefined): RequestedPlatform | undefined {
  return platformOf(text, (what) => new TsrunError('INVALID_ARGUMENT', what));
}

function platformOf(text: string | undefined, complaint: (what: string) => Error): RequestedPlatform | undefined {
  if (text === undefined || text === '') return undefined;
  const wrong = (reason: string): Error => complaint(`${JSON.stringify(text)}: ${reason}: invalid argument`);
  const [first = '', second, variant, ...more] = text.toLowerCase().split('/');
  if (more.length > 0) throw wrong('cannot parse platform specifier');
  const name = second ?? (SYSTEMS.has(first) ? process.arch.replace('x64', 'amd64') : first);
  const [architecture, ownVariant] = ARCHITECTURES[name] ?? [];
  if (architecture === undefined || (second !== undefined && !SYSTEMS.has(first))) throw wrong('unknown operating system or architecture');
  const os = SYSTEMS.has(first) ? first : 'linux';
  // v8 is what arm64 means without a variant.
  const canonical = architecture === 'arm64' && variant === 'v8' ? undefined : (variant ?? ownVariant);
  return { os, architecture, variant: canonical };
}

/** @throws Error that names the three */
export function parsePull(text: string | undefined): PullPolicy {
  if (text === undefined || text === '') return 'missing';
  if (text === 'missing' || text === 'always' || text === 'never') return text;
  throw new Error(`invalid pull option: '${text}': must be one of "always", "missing" or "never"`);
}
