/** What happens to containers: started again, removed, many at once, listed. */
import { spawn } from 'node:child_process';
import type { Engine } from './engines.ts';
import { inTurns, type Row, run, time, type Words } from './measure.ts';

const CLIENTS = 8;
const EACH = 5;
const RECORDS = [10, 1000] as const;

export async function measureLives(engines: readonly Engine[], rounds: number): Promise<Row[]> {
  const able = engines.filter(({ start, remove, create }) => start !== undefined && remove !== undefined && create !== undefined);
  const turns = (measure: (engine: Engine) => () => number): Record<string, number> =>
    inTurns(Object.fromEntries(able.map((engine) => [engine.name, measure(engine)])), rounds);
  const rows: Row[] = [
    { what: '`start` of a container', unit: 'ms', figures: turns(startOnce) },
    { what: '`rm -f` of a running one', unit: 'ms', figures: turns(removeOnce) },
  ];
  const many: Record<string, number> = {};
  const removed: Record<string, number> = {};
  for (const engine of able) {
    many[engine.name] = await runMany(engine);
    removed[engine.name] = time(engine.remove?.(...names()) ?? ['false']);
  }
  rows.push({ what: `${CLIENTS * EACH} × \`run -d\` by ${CLIENTS} clients`, unit: 'ms', figures: many });
  rows.push({ what: `\`rm -f\` of ${CLIENTS * EACH}`, unit: 'ms', figures: removed });
  return rows;
}

const words = (found: Words | undefined): Words => found ?? ['false'];

function startOnce(engine: Engine): () => number {
  return () => {
    run(words(engine.create?.('life')));
    try {
      return time(words(engine.startAgain?.('life')));
    } finally {
      run(words(engine.remove?.('life')));
    }
  };
}

function removeOnce(engine: Engine): () => number {
  return () => {
    run(words(engine.start?.('life')));
    return time(words(engine.remove?.('life')));
  };
}

const names = (): string[] => Array.from({ length: CLIENTS * EACH }, (_, index) => `many-${index}`);

/** Milliseconds until all clients have started theirs, one after the other each. @throws Error when one fails */
async function runMany(engine: Engine): Promise<number> {
  const all = names();
  const began = process.hrtime.bigint();
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (const name of all.slice(client * EACH, (client + 1) * EACH)) await runAsync(words(engine.start?.(name)));
    }),
  );
  return Number(process.hrtime.bigint() - began) / 1e6;
}

function runAsync([program, ...rest]: Words): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, rest, { stdio: 'ignore' }).once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${rest.join(' ')}: exit ${code}`));
    });
  });
}

/** How much longer a list of a thousand containers takes than one of ten. `create` makes containers that never ran. */
export function measureLists(engine: Engine, rounds: number): Row[] {
  const { create, remove, list } = engine;
  if (create === undefined || remove === undefined || list === undefined) return [];
  const rows: Row[] = [];
  let made = 0;
  for (const count of RECORDS) {
    for (; made < count; made++) run(create(`record-${made}`));
    rows.push({ what: `\`ps -a\` of ${count}`, unit: 'ms', figures: inTurns({ [engine.name]: () => time(list()) }, rounds) });
  }
  const [few = Number.NaN, many = Number.NaN] = rows.map(({ figures }) => figures[engine.name] ?? Number.NaN);
  rows.push({ what: 'a thousand listed beside ten', unit: '×', figures: { [engine.name]: many / few } });
  for (let from = 0; from < made; from += 100) {
    run(remove(...Array.from({ length: Math.min(100, made - from) }, (_, index) => `record-${from + index}`)));
  }
  return rows;
}
