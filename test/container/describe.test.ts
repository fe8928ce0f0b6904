import test from 'ava';
import { commandLine, describePorts } from '../../src/container/describe.ts';
import type { PortRequest } from '../../src/model/container.ts';
import { running, sample } from './sample.ts';

const port = (hostPort: number, containerPort: number, more: Partial<PortRequest> = {}): PortRequest => ({
  protocol: 'tcp',
  hostAddress: '0.0.0.0',
  hostPort,
  containerPort,
  ...more,
});

test('a command on one line, as Docker lists it', (t) => {
  t.is(commandLine({ entrypoint: [], command: ['/bin/sh', '-c', 'while true; do x; done'] }), "/bin/sh -c 'while true; do x; done'");
  t.is(commandLine({ entrypoint: ['/e'], command: ['a'] }), '/e a');
  t.is(commandLine({ entrypoint: ['a b'], command: [] }), 'a b');
});

test('ports as Docker lists them', (t) => {
  const cases: [PortRequest[], string[], string][] = [
    [[], [], ''],
    [[port(8080, 80)], ['80/tcp'], '0.0.0.0:8080->80/tcp'],
    [[port(80, 80)], [], '0.0.0.0:80->80/tcp'],
    [[], ['443/tcp', '80/tcp'], '80/tcp, 443/tcp'],
    [[port(8080, 80)], ['80/tcp', '443/tcp'], '443/tcp, 0.0.0.0:8080->80/tcp'],
    [[port(81, 81), port(80, 80), port(82, 82)], [], '0.0.0.0:80-82->80-82/tcp'],
    [[], ['80/tcp', '81/tcp', '90/tcp', '53/udp'], '80-81/tcp, 53/udp, 90/tcp'],
    [[port(8080, 80, { hostAddress: '::1' })], [], '[::1]:8080->80/tcp'],
  ];
  for (const [ports, exposedPorts, words] of cases) t.is(describePorts(sample(running(ports), { exposedPorts })), words);
});

test('a container that does not run, or has no network of its own, shows none', (t) => {
  t.is(describePorts(sample({ status: 'created' }, { exposedPorts: ['80/tcp'] })), '');
  t.is(describePorts(sample(running(), { exposedPorts: ['80/tcp'], network: { type: 'host' } })), '');
});
