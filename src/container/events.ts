/** Events of containers. Source of words and attributes: moby, daemon/events.go. */
import type { Container } from '../model/container.ts';
import type { DatabaseSync } from '../state/database.ts';
import { recordEvent } from '../state/events.ts';

/**
 * Record that something happened to a container: its labels, image and name are told with it.
 * @param action Docker's word: `start`, `kill`, `exec_create: sh -c …`
 */
export function recordContainerEvent(
  database: DatabaseSync,
  { id, name, config }: Pick<Container, 'id' | 'name' | 'config'>,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  recordEvent(database, {
    type: 'container',
    action,
    actor: id,
    attributes: { ...config.labels, ...attributes, image: config.image, name },
  });
}
