/** Who plays a case: a shell in which `docker` is the engine, in a network namespace and a folder of the case's own. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { command, type CommandOptions } from '../helpers/command.ts';
import type { NetworkNamespace } from '../helpers/namespaces.ts';
import { startRealRegistry } from '../helpers/registry-real.ts';
import { createNormaliser } from './normalise.ts';
import type { Case, EngineName, Output } from './transcript.ts';

/** An engine that is ready for a case. */
export interface Stage {
  engine: EngineName;
  network: NetworkNamespace;
  /** For the case's files; it is the home and the working directory of its commands. */
  directory: string;
  /** What `docker` is: the text of a shell script. */
  docker: string;
}

/** Longer than any command takes on a busy machine; then it is killed, and all that it started. */
const TIMEOUT_SECONDS = 120;

/** `wait-for COMMAND`: until it succeeds. */
const WAIT_FOR = `#!/bin/sh
for _ in $(seq 1000); do
  if sh -c "$*" >/dev/null 2>&1; then exit 0; fi
  sleep 0.1
done
echo "wait-for: $*: not within time" >&2
exit 1
`;

/**
 * `without-race COMMAND`: without a line that Docker's client of 20.10 may or may not print where a container could not be
 * started: it waits for the container's end in a request of its own, and the two race.
 */
const WITHOUT_RACE = `#!/bin/sh
"$@" 2>.stderr
code=$?
grep -v 'msg="error waiting for container: context canceled"' .stderr >&2
exit $code
`;

/** Play a case. @returns what each of its commands printed, normalised */
export async function play(t: ExecutionContext, { registry, steps }: Case, stage: Stage): Promise<Output[]> {
  if (registry) await startRealRegistry(t, { network: stage.network, port: 5000 });
  const programs = join(stage.directory, '.programs');
  mkdirSync(programs);
  for (const [name, text] of [
    ['docker', stage.docker],
    ['wait-for', WAIT_FOR],
    ['without-race', WITHOUT_RACE],
  ] as const) {
    writeFileSync(join(programs, name), text);
    chmodSync(join(programs, name), 0o755);
  }
  const options: CommandOptions = {
    cwd: stage.directory,
    timeoutMs: 2 * TIMEOUT_SECONDS * 1000,
    environment: { PATH: `${programs}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: stage.directory, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  };
  const normalise = createNormaliser();
  const outputs: Output[] = [];
  for (const step of steps) {
    const words = ['--signal=KILL', String(TIMEOUT_SECONDS), 'sh', '-c', step.command];
    const { stdout, stderr, code } = await command(...stage.network.enter('timeout', words), options);
    if (code === null || code === 137) throw new Error(`${stage.engine}: $ ${step.command}: not within time\n${stdout}${stderr}`);
    outputs.push({ stdout: normalise(stdout), stderr: normalise(stderr), code });
  }
  return outputs;
}
