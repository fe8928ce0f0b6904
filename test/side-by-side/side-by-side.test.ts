/**
 * Transcripts of commands, played on tsrun and on a real dockerd: both must print what the transcript says, and end with its
 * exit codes. See README.md.
 */
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { controllerHierarchy, detectCgroups } from '../../src/kernel/cgroup/index.ts';
import { FIXTURE_NAMES, type FixtureName } from '../../rootfs-fixtures/fixtures.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTestWhere } from '../helpers/root.ts';
import { type Dockerd, startDockerd, whyNoDocker } from './dockerd.ts';
import { play, type Stage } from './player.ts';
import { keep, writePlayed } from './record.ts';
import { type Case, type EngineName, formatOutput, parseTranscript, type Output } from './transcript.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/tsrun');
const noDocker = whyNoDocker();

const isV1 = ['cpu', 'memory'].every((name) => controllerHierarchy(detectCgroups(), name)?.version === 1);
const recording = process.env['RECORD'] !== undefined;

for (const file of globSync(join(import.meta.dirname, 'cases/*.md')).toSorted()) {
  for (const each of parseTranscript(readFileSync(file, 'utf8'), recording ? 'unchecked' : undefined)) {
    const title = `${basename(file, '.md')}: ${each.title}`;
    const playTest = rootTestWhere(isV1 || !each.cgroupV1, 'cgroup v1');
    const check = (t: ExecutionContext, engine: EngineName, outputs: readonly Output[]): void => {
      if (recording) keep(file, each.title, engine, outputs);
      compare(t, each, engine, outputs);
    };
    playTest(`${title}: tsrun`, async (t) => {
      check(t, 'tsrun', await play(t, each, await stageOfTsrun(t, fixtureNames(each))));
    });
    if (noDocker !== undefined) test.skip(`${title}: docker (${noDocker})`, () => {});
    else {
      playTest(`${title}: docker`, async (t) => {
        check(t, 'docker', await onDockerd(async (dockerd) => await play(t, each, await dockerd.stage(fixtureNames(each)))));
      });
    }
  }
}

function fixtureNames({ images }: Case): FixtureName[] {
  return images.map((image) => {
    const known = FIXTURE_NAMES.find((name) => name === image);
    if (known === undefined) throw new Error(`no recipe for the image ${image}`);
    return known;
  });
}

/** Compare the whole case at once: a difference is read with what came before it. */
function compare(t: ExecutionContext, { steps }: Case, engine: EngineName, outputs: readonly Output[]): void {
  const transcript = (of: (index: number) => Output): string =>
    steps.map(({ command }, index) => formatOutput(command, of(index))).join('');
  t.is(
    transcript((index) => outputs[index] as Output),
    transcript((index) => (steps[index] as Case['steps'][number]).expected[engine]),
  );
}

async function stageOfTsrun(t: ExecutionContext, images: readonly FixtureName[]): Promise<Stage> {
  const { network, directory, environment } = await startEngine(t, ...images);
  const variables = Object.entries({ ...environment, TSRUN_REGISTRY_MIRROR: 'http://127.0.0.1:5000' });
  const docker = `#!/bin/sh\nexport ${variables.map(([name, value]) => `${name}='${value}'`).join(' ')}\nexec ${PROGRAM} "$@"\n`;
  const home = join(directory, 'case');
  mkdirSync(home);
  return { engine: 'tsrun', network, directory: home, docker };
}

let shared: Promise<Dockerd> | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** Do something with the one dockerd, when it is free. */
async function onDockerd<Result>(work: (dockerd: Dockerd) => Promise<Result>): Promise<Result> {
  const mine = turn.then(async () => await work(await (shared ??= startDockerd())));
  turn = mine.catch(() => {});
  return await mine;
}

if (recording) test.after.always('record', () => writePlayed());
test.after.always('dockerd ends', async () => await (await shared)?.stop());
