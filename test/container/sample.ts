/** A container to show, for tests. */
import type { Container, ContainerConfig, ContainerState } from '../../src/model/container.ts';
import { containerConfig } from './oci-config-fixture.ts';

export const ID = 'c5e44c78f8aca89e3b6374a7c5a132d150f195bf0345fe332d541b5aee665bc8';

const sampleConfig: ContainerConfig = containerConfig({
  image: 'ubuntu:20.04',
  imageId: `sha256:${'9873176a8ff5'.padEnd(64, '0')}`,
  command: ['/bin/sh', '-c', 'while true; do echo hello world; sleep 1; done'],
  environment: ['PATH=/bin'],
  workingDirectory: '/',
  hostname: 'c5e44c78f8ac',
  attach: [],
});

export function sample(state: ContainerState, config: Partial<ContainerConfig> = {}): Container {
  return {
    id: ID,
    name: 'infallible_kare',
    imageId: sampleConfig.imageId,
    createdAt: '2026-07-13T00:00:00.000Z',
    config: { ...sampleConfig, ...config },
    state,
    restarts: { count: 0, delayMs: 0, stoppedBy: undefined },
    health: undefined,
  };
}

export const running = (ports: Extract<ContainerState, { status: 'running' }>['ports'] = []): ContainerState => ({
  status: 'running',
  pid: 42,
  startedAt: '2026-07-13T00:00:01.000Z',
  address: '172.17.0.2',
  macAddress: '02:42:ac:11:00:02',
  ports,
});
