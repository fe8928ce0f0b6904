/**
 * The supervisor: one process for all health checks of an engine. It holds a lock, so there are never two; it keeps nothing
 * that isn't in the database, so it can be killed at any instant; and it ends with its last duty.
 */
import { closeSync, watch, type FSWatcher } from 'node:fs';
import { nextCheck, recordProbe } from '../container/health.ts';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { native } from '../kernel/native.ts';
import { isAlive, type Health, type Healthcheck } from '../model/container.ts';
import { isOwned } from '../state/ownership.ts';
import { dutiesDirectory } from '../state/paths.ts';
import { becomeSupervisor, endDuty, hasDuty, listDuties } from './duties.ts';
import type { Engine } from './engine.ts';
import { probe } from './health-probe.ts';

/** Checks under way at a time: a machine that is behind gets slower checks, not more processes. */
const MOST_PROBES = 8;
/** Node's timers count no further. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long notices are collected. */
const TOGETHER_MS = 20;
/** What a missed notice would cost. */
const LOOK_AGAIN_MS = 10_000;
/** Checks after which memory is given back. V8 would let garbage grow to twice the size of what is used before it looks. */
const ASKED_MOST = 50;
/** KiB of the database that SQLite keeps: each row is read rarely, and most of them are another one's each time. */
const CACHED_KIB = 128;

/** The checks of one life of one container. */
interface Charge {
  readonly id: string;
  readonly startedAt: string;
  readonly check: Healthcheck;
  timer: NodeJS.Timeout | undefined;
}

/** Do what there is to do, until there is nothing left. Returns at once where another does it. */
export async function supervise(engine: Engine): Promise<void> {
  for (;;) {
    const lock = await becomeSupervisor(engine.paths);
    if (lock === undefined) return;
    try {
      await new Supervisor(engine).run();
    } finally {
      closeSync(lock);
    }
    // A duty that was announced while we still held the lock had nobody else started.
    if (listDuties(engine.paths).length === 0) return;
  }
}

/** What came in to start up is not needed to stay: half of Node.js's program, most of all where it lies in huge pages. */
function shrink(): void {
  globalThis.gc?.();
  native().releaseFilePages();
}

class Supervisor {
  readonly #engine: Engine;
  readonly #charges = new Map<string, Charge>();
  readonly #waiting: (() => void)[] = [];
  #probes = 0;
  #asked = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async run(): Promise<void> {
    this.#engine.database().exec(`PRAGMA cache_size = -${CACHED_KIB}`);
    let notice: () => void = () => {};
    const changed = new Set<string>();
    const watcher: FSWatcher = watch(dutiesDirectory(this.#engine.paths), (_event, id) => {
      if (id !== null) changed.add(id);
      notice();
    });
    try {
      for (let lookedAt = -Infinity; ;) {
        const noticed = new Promise<void>((resolve) => (notice = resolve));
        if (performance.now() - lookedAt >= LOOK_AGAIN_MS) {
          lookedAt = performance.now();
          this.#lookAtAll();
          shrink();
        }
        // Only those: five hundred that start one after the other would be looked at five hundred times each.
        for (const id of changed) this.#consider(id);
        changed.clear();
        if (listDuties(this.#engine.paths).length === 0) return;
        const timer = setTimeout(() => notice(), LOOK_AGAIN_MS);
        await noticed;
        clearTimeout(timer);
        // What came together is dealt with together, and timers have their turn.
        await new Promise((resolve) => setTimeout(resolve, TOGETHER_MS));
      }
    } finally {
      watcher.close();
      for (const id of this.#charges.keys()) this.#leave(id);
    }
  }

  #lookAtAll(): void {
    const duties = new Set(listDuties(this.#engine.paths));
    for (const id of this.#charges.keys()) if (!duties.has(id)) this.#leave(id);
    for (const id of duties) this.#consider(id);
  }

  /** Look after one if it is there to be looked after, and else no more. */
  #consider(id: string): void {
    if (!hasDuty(this.#engine.paths, id)) return this.#leave(id);
    const container = readContainer(this.#engine.database(), id);
    const state = container === undefined ? undefined : currentState(this.#engine.paths, container);
    const check = container?.config.healthcheck;
    if (container === undefined || state === undefined || check === undefined || !isAlive(state)) {
      this.#leave(id);
      // Nobody is starting it either: its end was never written down, because its reclaimer was killed.
      if (!isOwned(this.#engine.paths, id)) endDuty(this.#engine.paths, id);
      return;
    }
    if (this.#charges.get(id)?.startedAt === state.startedAt) return;
    this.#leave(id);
    const charge: Charge = { id, startedAt: state.startedAt, check, timer: undefined };
    this.#charges.set(id, charge);
    const last = container.health?.log.findLast(({ start }) => start >= state.startedAt);
    this.#schedule(charge, Date.parse(last?.end ?? state.startedAt));
  }

  #leave(id: string): void {
    clearTimeout(this.#charges.get(id)?.timer);
    this.#charges.delete(id);
  }

  /** @param after milliseconds since 1970: when the last one ended, or the container began */
  #schedule(charge: Charge, after: number): void {
    const intervalMs = nextCheck(charge.check, this.#statusOf(charge), charge.startedAt, Date.now());
    // A clock that was set back must not make it wait longer.
    const wait = Math.min(intervalMs, Math.max(0, after + intervalMs - Date.now()), LONGEST_TIMER_MS);
    charge.timer = setTimeout(() => void this.#ask(charge), wait);
  }

  /** Looked up where it matters: few are asked at another pace while they start. */
  #statusOf({ id, check }: Charge): Health['status'] {
    if (check.startInterval === undefined) return 'healthy';
    return readContainer(this.#engine.database(), id)?.health?.status ?? 'starting';
  }

  async #ask(charge: Charge): Promise<void> {
    const { id } = charge;
    await this.#enter();
    try {
      // Read anew each time: five hundred of them would fill the memory.
      const container = this.#charges.get(id) === charge ? readContainer(this.#engine.database(), id) : undefined;
      // One that is frozen can't answer.
      if (container !== undefined && currentState(this.#engine.paths, container).status === 'running') {
        const answer = await probe(this.#engine, container, charge.check);
        if (answer !== undefined && this.#charges.get(id) === charge)
          recordProbe(this.#engine.database(), container, charge.startedAt, answer);
      }
    } catch {
      // The database can't be written now: the next answer tells the same.
    } finally {
      this.#exit();
    }
    if (this.#charges.get(id) === charge) this.#schedule(charge, Date.now());
  }

  async #enter(): Promise<void> {
    if (this.#probes >= MOST_PROBES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#probes++;
  }

  #exit(): void {
    if (++this.#asked % ASKED_MOST === 0) shrink();
    const next = this.#waiting.shift();
    if (next === undefined) this.#probes--;
    else next();
  }
}
