/** What a change of a container's state tells, in Docker's order. Source of words and attributes: moby, daemon/start.go, monitor.go, volumes_unix.go. */
import type { Container, ContainerConfig, EndedFacts } from '../model/container.ts';
import type { EngineEvent } from '../state/events.ts';
import type { StateChange } from './change-state.ts';
import { containerEvent } from './events.ts';
import { volumeMounts } from './inspect-mounts.ts';

/** The events of a change, none for most. Pure. */
export function stateEvents(container: Container, change: StateChange): EngineEvent[] {
  switch (change.type) {
    case 'started':
      return [...attachEvents(container, change.attached), ...connected(container), containerEvent(container, 'start')];
    case 'startFailed':
      return [...attachEvents(container, change.attached), ...(change.wasConnected ? wasConnected(container) : [])];
    case 'paused':
      return [containerEvent(container, 'pause')];
    case 'resumed':
      return [containerEvent(container, 'unpause')];
    case 'ended':
    case 'restarting':
      return endEvents(container, change.facts);
    case 'made':
    case 'restartCanceled':
      return [];
  }
}

/** How a life ended, and what it gave back. */
export function endEvents(container: Container, { exitCode, oomKilled }: EndedFacts): EngineEvent[] {
  const oom = oomKilled ? [containerEvent(container, 'oom', limitAttribute(container.config.limits.memory))] : [];
  return [...oom, containerEvent(container, 'die', { exitCode: String(exitCode) }), ...disconnected(container)];
}

/** How much it was that was not enough. */
const limitAttribute = (memory: number | undefined): Record<string, string> => (memory === undefined ? {} : { memory: String(memory) });

const attachEvents = (container: Container, attached = false): EngineEvent[] => (attached ? [containerEvent(container, 'attach')] : []);

/** A start that failed after its network was there: its volumes were not used yet. */
const wasConnected = (container: Container): EngineEvent[] => [
  ...networkEvents(container, 'connect'),
  ...networkEvents(container, 'disconnect'),
];

function connected(container: Container): EngineEvent[] {
  const mounted = volumeMounts(container).map(({ name, target, readOnly }) =>
    volumeEvent('mount', name, {
      container: container.id,
      destination: target,
      driver: 'local',
      propagation: '',
      'read/write': String(!readOnly),
    }),
  );
  return [...networkEvents(container, 'connect'), ...mounted];
}

function disconnected(container: Container): EngineEvent[] {
  const unmounted = volumeMounts(container).map(({ name }) => volumeEvent('unmount', name, { container: container.id, driver: 'local' }));
  return [...networkEvents(container, 'disconnect'), ...unmounted];
}

export const volumeEvent = (action: string, actor: string, attributes: Record<string, string>): EngineEvent => ({
  type: 'volume',
  action,
  actor,
  attributes,
});

/** What drives a network, in Docker's words. */
const DRIVERS = { bridge: 'bridge', host: 'host', none: 'null' } as const;

/** Whoever is in another container's network is connected to none. */
function networkEvents({ id, config }: { id: string; config: Pick<ContainerConfig, 'network'> }, action: string): EngineEvent[] {
  const { type: name } = config.network;
  if (name === 'container') return [];
  return [{ type: 'network', action, actor: name, attributes: { container: id, name, type: DRIVERS[name] } }];
}
