/** Containers by what people type: the full ID, the name, or the beginning of an ID. */
import { TsrunError } from '../model/errors.ts';

/** What a container is found by. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The container that `text` means: a full ID first, then a name, then an ID's beginning, as Docker looks.
 * @throws TsrunError NOT_FOUND `No such container: x`; CONFLICT where several IDs begin so
 */
export function findContainer<Each extends Named>(containers: readonly Each[], text: string): Each {
  const plain = text.replace(/^\//, '');
  const exact = containers.find((each) => each.id === plain) ?? containers.find((each) => each.name === plain);
  if (exact !== undefined) return exact;
  const matches = /^[0-9a-f]+$/.test(plain) ? containers.filter((each) => each.id.startsWith(plain)) : [];
  if (matches.length > 1) {
    throw new TsrunError('CONFLICT', `Multiple IDs found with provided prefix: ${text}`, {
      path: text,
      hint: 'type more of the ID, or the name',
    });
  }
  if (matches[0] === undefined) throw new TsrunError('NOT_FOUND', `No such container: ${text}`, { path: text });
  return matches[0];
}
