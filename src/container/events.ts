/** Events of containers. Source of words and attributes: moby, daemon/events.go. */
import type { Container } from '../model/container.ts';
import type { DatabaseSync } from '../state/database.ts';
import { recordEvent, type EngineEvent } from '../state/events.ts';

/**
 * Record that something happened to a container: its labels, image and name are told with it.
 * @param action Docker's word: `start`, `kill`, `exec_create: sh -c …`
 */
export function recordContainerEvent(
  database: DatabaseSync,
  container: Told,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  recordEvent(database, containerEvent(container, action, attributes));
}

/** What an event tells of a container. */
type Told = Pick<Container, 'id' | 'name' | 'config'>;

/** As `recordContainerEvent`, for whoever records it. */
export function containerEvent({ id, name, config }: Told, action: string, attributes: Readonly<Record<string, string>> = {}): EngineEvent {
  return { type: 'container', action, actor: id, attributes: { ...config.labels, ...attributes, image: config.image, name } };
}
