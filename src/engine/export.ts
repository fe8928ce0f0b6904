/** A container's whole file system as a tar. */
import { recordContainerEvent } from '../container/events.ts';
import type { Container } from '../model/container.ts';
import { withRootReader } from './container-view.ts';
import type { Engine } from './engine.ts';

/** Write it into the descriptor `out`, which stays the caller's. Throws EPIPE when its reader leaves. */
export async function exportContainer(engine: Engine, container: Container, out: number): Promise<void> {
  recordContainerEvent(engine.database(), container, 'export');
  await withRootReader(engine, container, (reader) => reader.ask('archive', { path: '/', as: '', out }));
}
