/** What a container changed in its image. */
import type { ListedChange } from '../image/layer/tree-requests.ts';
import type { Container } from '../model/container.ts';
import { withChangeReader } from './container-view.ts';
import type { Engine } from './engine.ts';

/** Changes in Docker's order: a directory before what is in it, what is gone after what is there. `listen` gets some at a time. */
export async function diffContainer(engine: Engine, container: Container, listen: (list: readonly ListedChange[]) => void): Promise<void> {
  await withChangeReader(engine, container, (reader, roots) => reader.changes({ roots }, listen));
}
