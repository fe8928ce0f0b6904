/** Give a container another name. */
import { recordContainerEvent } from '../container/events.ts';
import { checkContainerName } from '../container/names.ts';
import { renameRecord } from '../container/records.ts';
import type { Container } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import { transaction } from '../state/database.ts';
import type { Engine } from './engine.ts';

/** @throws TsrunError CONFLICT when the name is in use, INVALID_ARGUMENT for one that can't be; in Docker's words */
export function renameContainer(engine: Engine, container: Container, text: string): void {
  const database = engine.database();
  try {
    // Docker's message has the slash that names begin with in its records.
    const name = checkContainerName(`/${text.replace(/^\//, '')}`);
    if (name === container.name) {
      throw new TsrunError('INVALID_ARGUMENT', 'Renaming a container with the same name as its current name', { path: name });
    }
    transaction(database, () => {
      renameRecord(database, container.id, name);
      recordContainerEvent(database, { ...container, name }, 'rename', { oldName: `/${container.name}` });
    });
  } catch (error) {
    if (!isTsrunError(error) || error.code === 'NOT_FOUND' || error.message.startsWith('Renaming')) throw error;
    throw new TsrunError(error.code, `Error when allocating new name: ${error.message}`, { path: text, hint: error.hint, cause: error });
  }
}
