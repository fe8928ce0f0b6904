/**
 * Give back what a container that nobody owns any more still holds, and write down how it ended. Every command begins
 * with `reclaimDead`, so that whatever was killed, at whatever instant, the next command leaves nothing behind.
 */
import { closeSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { changeState } from '../container/change-state.ts';
import { endEvents, volumeEvent } from '../container/state-events.ts';
import { recordContainerEvent } from '../container/events.ts';
import { deleteContainer, listContainers, readContainer } from '../container/records.ts';
import { restartDelay } from '../container/restart-policy.ts';
import { endedFacts, readExitRecord, readStartedRecord } from '../container/states.ts';
import { treeSize } from '../filesystem/tree-size.ts';
import { finishVolumeRemoval, removingVolumes } from '../filesystem/volume-removal.ts';
import { releaseVolumes, volumesOf } from '../filesystem/volumes.ts';
import { removeContainerCgroup } from '../cleanup/terminate.ts';
import { collectGarbage, needsRepair, repairStore } from '../image/store/collect.ts';
import { writeLayoutIndex } from '../image/store/layout-index.ts';
import { retryWithReserve } from '../state/reserve.ts';
import { sweepScratch } from '../state/scratch.ts';
import { forgetUnsettled } from '../image/store/unsettled.ts';
import { native } from '../kernel/native.ts';
import { traceCall } from '../kernel/trace.ts';
import { isAlive, type Container, type ContainerState } from '../model/container.ts';
import { hasErrno, isTsrunError } from '../model/errors.ts';
import { reclaimNetwork } from '../network/index.ts';
import { transaction } from '../state/database.ts';
import { recordEvent, type EngineEvent } from '../state/events.ts';
import { disownContainer, isContainerName, isOwned, liveNames, ownContainer, removeLeftover, takeOver } from '../state/ownership.ts';
import { makePlace } from '../state/make-place.ts';
import { containerCgroup, containerDirectory, initLayersDirectory, liveContainerDirectory, type EnginePaths } from '../state/paths.ts';
import { releaseCgroupParents } from './cgroup-parents.ts';
import { endDuty, ensureSupervisor } from './duties.ts';
import { storeOf, type Engine } from './engine.ts';
import { limitsReached } from './limits-reached.ts';
import { keepNetworkFiles } from './network-file-paths.ts';
import { restartLater } from './restart.ts';
import { shortId } from '../model/short-id.ts';

/**
 * Reclaim every container that nobody owns, and what killed pulls and loads left half made. Costs two directory listings and
 * two small reads where there is none.
 * @param tell told of a container that can't be given back now: that must not keep every command from running
 */
export function reclaimDead(engine: Engine, tell: (problem: string) => void = () => {}): void {
  // A full disk must not keep the command from running that frees some of it.
  retryWithReserve(engine.paths, () => reclaimAll(engine, tell));
}

function reclaimAll(engine: Engine, tell: (problem: string) => void): void {
  const boot = newBoot(engine.paths);
  for (const name of liveNames(engine.paths)) {
    try {
      reclaimLive(engine, name, { mayRestart: boot === undefined });
    } catch (error) {
      // The kernel keeps something of it: a process that waits for a disk or a network file system can't be killed.
      if (!isTsrunError(error, 'KERNEL')) throw error;
      tell(`container ${shortId(name)} has ended, and could not be given back yet: ${error.message}`);
    }
  }
  sweepScratch(engine.paths, (place) => {
    if (needsRepair(place)) repairStore(storeOf(engine));
    finishVolumeRemoval(() => storeOf(engine), place);
  });
  if (boot !== undefined) sweepAfterBoot(engine, boot);
  ensureSupervisor(engine);
}

/** What becomes of a container that is given up. */
export interface GivingUp {
  /** False after a boot: a restart is for `tsrun restore` then. */
  mayRestart?: boolean;
  /** It is removed at its end, as with --rm; with its anonymous volumes, or without. */
  remove?: { readonly volumes: boolean } | undefined;
  /** Takes over the lock of one that its user restarts. Without this a process of its own starts it. */
  restart?: ((lock: number) => void) | undefined;
}

/**
 * Reclaim one container by the name of its live directory, if nobody owns it.
 * @returns whether it was ours to reclaim.
 */
export function reclaimLive(engine: Engine, name: string, giving: GivingUp = {}): boolean {
  if (!isContainerName(name)) {
    removeLeftover(engine.paths, name);
    return false;
  }
  const lock = takeOver(engine.paths, name);
  if (lock === undefined) return false;
  giveUp(engine, name, lock, giving);
  return true;
}

/**
 * Give up a container whose lock the caller holds: reclaim it, and free the lock; or, where its restart policy says so, hand
 * the lock to a process that starts it again.
 */
export function giveUp(engine: Engine, id: string, lock: number, giving: GivingUp = {}): void {
  let delayMs: number | undefined;
  try {
    // It may be the one that filled the disk.
    delayMs = retryWithReserve(engine.paths, () => giveBack(engine, id, giving));
  } catch (error) {
    // What is left is for the next command, which finds the lock free.
    closeSync(lock);
    throw error;
  }
  if (delayMs === undefined) disownContainer(engine.paths, id, lock);
  else if (delayMs === 0 && giving.restart !== undefined) giving.restart(lock);
  else restartLater(engine, id, lock, delayMs);
}

/**
 * A start that failed: give back what it took, and keep the record with what went wrong, as Docker does; with --rm, or
 * where the container wasn't whole yet, nothing stays. Throws nothing: the failure itself is what the caller tells.
 * @param attached whether somebody had attached to it for this start
 */
export function recordFailedStart(
  engine: Engine,
  container: Container,
  lock: number,
  isWhole: boolean,
  error: unknown,
  attached = false,
): void {
  try {
    if (isWhole) retryWithReserve(engine.paths, () => writeFailure(engine, container, error, attached));
  } catch {
    // The row still says that it is being started: the next command finds the lock free, and gives back what it took.
    closeSync(lock);
    return;
  }
  try {
    giveUp(engine, container.id, lock);
  } catch {
    // The next command tries again: the lock is free by then.
  }
}

function writeFailure(engine: Engine, container: Container, error: unknown, attached: boolean): void {
  // The command ends with 125; what is written down is 128, as Docker's daemon does where no program's code is known.
  const exitCode = (isTsrunError(error) ? (error.recordedExitCode ?? error.exitCode) : undefined) ?? 128;
  const wasConnected = isTsrunError(error) && error.step === 6;
  const { message } = error as Error;
  changeState(engine.database(), container.id, { type: 'startFailed', error: message, exitCode, wasConnected, attached });
}

/**
 * Reclaim a container whose lock the caller holds; the caller removes the live directory and closes the lock.
 * @returns after how many milliseconds to start it again; undefined: not at all.
 */
function giveBack(engine: Engine, id: string, { mayRestart = true, remove }: GivingUp): number | undefined {
  const database = engine.database();
  const container = readContainer(database, id);
  const reached = container === undefined ? [] : limitsReached(engine.paths, container);
  giveBackCgroup(engine.paths, container ?? { id, config: { cgroupParent: '' } });
  if (container !== undefined && container.config.cgroupParent !== '') releaseCgroupParents(database, id);
  reclaimNetwork({ database, bridge: engine.options.bridge }, id);
  if (container === undefined) {
    native().removeTree(containerDirectory(engine.paths, id));
    return undefined;
  }
  if (container.config.healthcheck !== undefined) endDuty(engine.paths, id);
  if (remove !== undefined || mustGo(engine.paths, container, mayRestart)) {
    const end = wasStarted(engine.paths, container) ? endEvents(container, endedFacts(engine.paths, container)) : [];
    forgetContainer(engine, container, remove?.volumes ?? true, end);
  } else if (wasStarted(engine.paths, container)) return settleEnd(engine, container, reached, mayRestart);
  else if (container.state.status === 'restarting') return settleWait(engine, container, container.state, mayRestart);
  return undefined;
}

/** Some processes can't be killed for a time. They were waited for once: no command after that one is held up by them. */
function giveBackCgroup(paths: EnginePaths, container: Parameters<typeof containerCgroup>[0]): void {
  const stuck = join(liveContainerDirectory(paths, container.id), 'stuck');
  try {
    removeContainerCgroup(containerCgroup(container), () => existsSync(stuck));
  } catch (error) {
    if (isTsrunError(error, 'KERNEL')) writeFileSync(stuck, '');
    throw error;
  }
}

/** Write down how a life ended. @returns as `giveBack` */
function settleEnd(engine: Engine, container: Container, reached: readonly string[], mayRestart: boolean): number | undefined {
  const { id } = container;
  const facts = { ...endedFacts(engine.paths, container), ...(reached.length > 0 ? { error: reached.join('; ') } : {}) };
  const delayMs = mayRestart ? restartDelay(container, facts) : undefined;
  if (delayMs === undefined) {
    keepNetworkFiles(engine.paths, id);
    changeState(engine.database(), id, { type: 'ended', facts });
    return undefined;
  }
  // Its live directory stays, without what tells of the life that ended.
  const live = liveContainerDirectory(engine.paths, id);
  for (const name of ['started.json', 'monitor.sock']) rmSync(join(live, name), { force: true });
  changeState(engine.database(), id, { type: 'restarting', facts, delayMs, restartAt: new Date(Date.now() + delayMs).toISOString() });
  return delayMs;
}

/** It was to be started again, and what waited for that was killed: by a stop, or by something else. @returns as `giveBack` */
function settleWait(
  engine: Engine,
  { id, config, restarts }: Container,
  state: Extract<ContainerState, { status: 'restarting' }>,
  mayRestart: boolean,
): number | undefined {
  if (mayRestart && restarts.stoppedBy === undefined && config.restartPolicy.name !== 'no')
    return Math.min(Math.max(0, Date.parse(state.restartAt) - Date.now()), restarts.delayMs);
  changeState(engine.database(), id, { type: 'restartCanceled' });
  return undefined;
}

/** Half made, or asked to be removed at its end, which a restart by its user isn't. */
function mustGo(paths: EnginePaths, container: Container, mayRestart: boolean): boolean {
  const { config, restarts, state } = container;
  if (wasStarted(paths, container)) return config.removeOnExit && !(mayRestart && restarts.stoppedBy === 'restart');
  return state.status === 'creating' || config.removeOnExit;
}

/** Whether its program ran in the life that ended now. */
function wasStarted(paths: EnginePaths, { id, state }: Container): boolean {
  if (isAlive(state)) return true;
  const started = readStartedRecord(paths, id);
  // The record of a life that is known to have ended tells nothing new.
  if (state.status === 'exited' || state.status === 'restarting') return started !== undefined && started.startedAt !== state.startedAt;
  return started !== undefined || readExitRecord(paths, id) !== undefined;
}

/**
 * Remove a container's row, its files and (where asked) its anonymous volumes. The caller holds its lock.
 * @param end what is to be told before, of a life that ended with it
 */
export function forgetContainer(engine: Engine, container: Container, withVolumes: boolean, end: readonly EngineEvent[] = []): void {
  const { id, imageId } = container;
  const database = engine.database();
  const anonymous = withVolumes ? volumesOf(database, id).filter((volume) => volume.isAnonymous) : [];
  const context = { database, paths: engine.paths };
  traceCall(
    'DELETE',
    () => `container ${shortId(id)} from the database`,
    () =>
      removingVolumes(
        context,
        anonymous.map((volume) => volume.name),
        () =>
          transaction(database, () => {
            for (const event of end) recordEvent(database, event);
            for (const name of releaseVolumes(database, id, withVolumes))
              recordEvent(database, volumeEvent('destroy', name, { driver: 'local' }));
            deleteContainer(database, id);
            recordContainerEvent(database, container, 'destroy');
          }),
      ),
  );
  const directory = containerDirectory(engine.paths, id);
  traceCall(
    'unlinkat',
    () => `${directory} with all that is in it`,
    () => native().removeTree(directory),
  );
  // An image that `rmi -f` took away goes with the last container that was made from it.
  if (database.prepare('SELECT 1 FROM images WHERE id = ? AND hidden = 1').get(imageId) !== undefined) collectGarbage(storeOf(engine));
}

/** After a boot nothing of the state directory is left, but the database may still say that containers run. */
function sweepAfterBoot(engine: Engine, boot: string): void {
  for (const container of listContainers(engine.database())) {
    if (!isUnsettled(container) || isOwned(engine.paths, container.id)) continue;
    giveUp(engine, container.id, ownContainer(engine.paths, container.id), { mayRestart: false });
  }
  // Layers that a power cut may have torn: their files were not synced yet.
  const fileSizes = (directory: string): number => treeSize(directory, (stats) => stats.isFile());
  if (forgetUnsettled(storeOf(engine), fileSizes).length > 0) writeLayoutIndex(storeOf(engine));
  transaction(engine.database(), () => {
    // Another command may have come this far before us, and started a container by now.
    if (newBoot(engine.paths) === undefined) return;
    // They were not synced either, and are made again where one is needed.
    native().removeTree(initLayersDirectory(engine.paths));
    makePlace(engine.paths, 'state');
    writeFileSync(bootMarker(engine.paths), boot);
  });
}

const bootMarker = (paths: EnginePaths): string => join(paths.state, 'boot');

/** The kernel's name for this boot, where no command of ours has run since it began. */
function newBoot(paths: EnginePaths): string | undefined {
  const boot = readKernelFile('/proc/sys/kernel/random/boot_id');
  return readMarker(bootMarker(paths)) === boot ? undefined : boot;
}

/** Whether a row says something that a boot made untrue. */
const isUnsettled = ({ state }: Container): boolean => isAlive(state) || state.status === 'creating' || state.status === 'restarting';

function readMarker(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
