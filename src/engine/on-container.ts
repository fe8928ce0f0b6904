/** Work on one container, which other commands may end, start or remove meanwhile. */
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import type { Waiting } from '../kernel/waiting.ts';
import { isAlive, type Container, type ContainerState } from '../model/container.ts';
import { isTsrunError, TsrunError, type ErrorCode } from '../model/errors.ts';
import { containerOf } from './current.ts';
import type { Engine } from './engine.ts';

/**
 * Do `work` to the container that `text` means.
 * @throws TsrunError NOT_FOUND, CONFLICT as `containerOf`, and what `work` throws; but where a call of ours failed because the
 *   container ended or was removed meanwhile, that is said, in Docker's words.
 */
export async function onContainer<Result>(
  engine: Engine,
  text: string,
  work: (container: Container) => Result | Promise<Result>,
): Promise<Result> {
  const container = containerOf(engine, text);
  try {
    return await work(container);
  } catch (error) {
    throw explained(engine, container, text, error);
  }
}

/**
 * `onContainer` for work that waits beside other work. All of them look for their containers before any does something: what
 * one removes is there for the others, too.
 */
export function* workingOn<Result>(engine: Engine, text: string, work: (container: Container) => Waiting<Result>): Waiting<Result> {
  const container = containerOf(engine, text);
  yield { ms: 0 };
  try {
    return yield* work(container);
  } catch (error) {
    throw explained(engine, container, text, error);
  }
}

/** What an error says that tells of a call, not of the container: the reason for it may be that the container went. */
const OF_CALLS: readonly ErrorCode[] = ['KERNEL', 'INTERNAL', 'CORRUPT', 'UNSUPPORTED'];

function explained(engine: Engine, container: Container, text: string, error: unknown): unknown {
  const tellsOfCall = isTsrunError(error) ? OF_CALLS.includes(error.code) : error instanceof Error && 'code' in error && !isOfOutput(error);
  // That it ended is why something is given back; what went wrong there is the news.
  if (!tellsOfCall || (isTsrunError(error) && error.step === 7)) return error;
  const now = readContainer(engine.database(), container.id);
  if (now === undefined) return noSuchContainer(text, error);
  if (lifeOf(container.state) !== lifeOf(currentState(engine.paths, now))) return notRunning(container.id, error);
  return error;
}

/** Which life it has. One that was started again meanwhile has its root mounted anew, and what we held of it is good for nothing. */
const lifeOf = (state: ContainerState): string => `${isAlive(state)} ${'startedAt' in state ? state.startedAt : ''}`;

/** A reader that left is not the container's doing. */
const isOfOutput = (error: Error & { code?: unknown }): boolean => error.code === 'EPIPE';

export const noSuchContainer = (text: string, cause?: unknown): TsrunError =>
  new TsrunError('NOT_FOUND', `No such container: ${text}`, { path: text, cause });

export const notRunning = (id: string, cause?: unknown): TsrunError =>
  new TsrunError('CONFLICT', `Container ${id} is not running`, { path: id, exitCode: 1, cause });
