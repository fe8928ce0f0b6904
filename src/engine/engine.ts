/** The engine as a value: where it keeps things, its options, and its database, opened when it is first needed. */
import type { Store } from '../image/store/ingest-types.ts';
import type { EngineOptions } from '../model/run-request.ts';
import { openDatabase, type DatabaseSync } from '../state/database.ts';
import type { EnginePaths } from '../state/paths.ts';
import { retryWithReserve } from '../state/reserve.ts';

export interface Engine {
  readonly paths: EnginePaths;
  readonly options: EngineOptions;
  /** The state database; opened by the first call. Throws as `openDatabase`. */
  database(): DatabaseSync;
  /** Close what is open. An engine is good for one command or for a whole program. */
  close(): void;
}

/** Make an engine. Nothing is opened or made yet. */
export function createEngine(options: EngineOptions): Engine {
  let database: DatabaseSync | undefined;
  const paths: EnginePaths = { root: options.root, state: options.state };
  return {
    paths,
    options,
    database() {
      // To open it is to make its log and the index of that: on a full disk there may be no room for them.
      database ??= retryWithReserve(paths, () => openDatabase(paths));
      return database;
    },
    close() {
      database?.close();
      database = undefined;
    },
  };
}

/** The engine's images, as the functions of image/store take them. */
export function storeOf(engine: Engine): Store {
  const { maxLayerSize, maxLayerEntries } = engine.options;
  const limits = {
    ...(maxLayerSize === undefined ? {} : { maxBytes: maxLayerSize }),
    ...(maxLayerEntries === undefined ? {} : { maxEntries: maxLayerEntries }),
  };
  return { paths: engine.paths, database: engine.database(), limits };
}
