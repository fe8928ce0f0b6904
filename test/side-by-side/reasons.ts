/**
 * Why tsrun may print something else than Docker: README.md's table says it in words. Where a reason has a rule, the rule
 * says exactly what tsrun prints instead, and a test holds every transcript to it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineName, type Output, sameOutput } from './transcript.ts';

type Rule = (docker: Output, tsrun: Output) => boolean;

/** In the order in which they are tried: the first explains least. */
const RULES: Record<string, Rule> = {
  'program-name': (docker, tsrun) => sameOutput({ ...docker, stderr: nameTsrun(docker.stderr) }, tsrun),
  'no-daemon': (docker, tsrun) => sameOutput({ ...docker, stderr: withoutDaemon(docker.stderr) }, tsrun),
  'what-to-do': (docker, tsrun) =>
    sameButHints(docker, tsrun, withoutDaemon) || sameButHints(docker, tsrun, (text) => withoutSeeHelp(withoutDaemon(text))),
  'error-prefix': (docker, tsrun) => sameButHints(docker, tsrun, (text) => `tsrun: ${withoutDaemon(text)}`),
  'no-runtime': (docker, tsrun) => sameButHints(docker, tsrun, (text) => withoutDaemon(withoutRuntime(text))),
};

const nameTsrun = (text: string): string => text.replaceAll(/\b[dD]ocker\b(?!\.)/g, 'tsrun');

/** Every error is `tsrun: what was wrong`; what the daemon refused has no word on --help. */
function withoutDaemon(text: string): string {
  const bare = text
    .replaceAll(/^docker: Error response from daemon: (.*)\.\n(?:See 'docker \w+ --help'\.\n)?/gm, 'tsrun: $1\n')
    .replaceAll(/^docker: (.*)\.\n(?=See 'docker \w+ --help'\.\n)/gm, 'tsrun: $1\n')
    .replaceAll(/^(?:Error response from daemon|Error(?=: (?:No|Cannot perform) )): /gm, 'tsrun: ');
  return nameTsrun(bare);
}

/** The hint of one that has none of its own. */
const withoutSeeHelp = (text: string): string => text.replaceAll(/^See 'tsrun \w+ --help'\.\n/gm, '');

/** What containerd, runc and libnetwork put around an error on its way through them. */
function withoutRuntime(text: string): string {
  return text
    .replaceAll(
      /failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: (.*): unknown(\.?)$/gm,
      'failed to create task for container: $1$2',
    )
    .replaceAll(/^(Error response from daemon: OCI runtime exec failed: .*): unknown$/gm, '$1')
    .replaceAll(/driver failed programming external connectivity on endpoint \S+ \(<id \d+>\): /g, '');
}

/** The same, but for lines after an error that say what to do about it. */
function sameButHints(docker: Output, tsrun: Output, translate: (text: string) => string): boolean {
  if (!sameOutput({ ...docker, stderr: '' }, { ...tsrun, stderr: '' })) return false;
  const expected = translate(docker.stderr).split('\n');
  let afterError = false;
  for (const line of tsrun.stderr.split('\n')) {
    // Docker's client gives a message a full stop if it has none.
    if (line === expected[0] || line === `${expected[0]}.`) {
      expected.shift();
      afterError = line.startsWith('tsrun: ');
    } else if (!afterError) return false;
  }
  return expected.length === 0;
}

/** The rule that explains all of a difference, if there is one. */
export function ruleFor({ docker, tsrun }: Record<EngineName, Output>): string | undefined {
  return Object.keys(RULES).find((name) => RULES[name]?.(docker, tsrun));
}

/** Whether a difference is what its reason's rule says; a reason without a rule explains any. */
export function explains(reason: string, { docker, tsrun }: Record<EngineName, Output>): boolean {
  return RULES[reason]?.(docker, tsrun) ?? true;
}

/** The reasons that README.md gives, by name. */
export function documentedReasons(): string[] {
  const text = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  return [...text.matchAll(/^\| `(?<name>[a-z0-9-]+)` \|/gm)].map((match) => match.groups?.['name'] ?? '');
}
