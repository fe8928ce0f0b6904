/** What a fixture's recipe is, and the tools recipes share. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { FixtureImage } from './image-archive.ts';

/** How one image is made, from what this machine and its Debian mirror have. Needs root. */
export interface Recipe {
  /** The image's name: `busybox:latest`. */
  readonly tag: string;
  /** The recipe's files in this folder: the image is made again when their text changes. */
  readonly sources: readonly string[];
  /** What the result depends on besides the recipe's own text, e.g. the bytes of a program it copies. */
  inputs(): string[];
  /** Make the image's layers in `scratch`, an empty directory that is removed afterwards. */
  make(scratch: string): FixtureImage;
}

/** The environment Docker gives to an image that sets none. */
export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Run a program and give back what it printed. @throws Error with what it said when it fails. */
export function run(program: string, ...words: string[]): string {
  const result = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.error !== undefined)
    throw new Error(`${program}: ${result.error.message}; has scripts/setup --tests run?`, { cause: result.error });
  if (result.status !== 0) {
    throw new Error(`${program} ${words.join(' ')} failed (${result.signal ?? result.status}): ${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

/**
 * The Debian mirror that apt uses on this machine, so that fixtures come from where its packages come from; undefined
 * on a machine that is no Debian, where mmdebstrap knows one itself.
 */
export function debianMirror(): string | undefined {
  if (!/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) return undefined;
  const targets = run('apt-get', 'indextargets', '--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages', 'Component: main');
  // Not bookworm-updates and not bookworm-security: the release itself.
  return /^[a-z]+ (?<uri>\S+)$/m.exec(targets)?.groups?.['uri'];
}
