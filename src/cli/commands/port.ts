/** `tsrun port`: where a container's ports are published. Source of words and order: docker/cli, cli/command/container/port.go. */
import { isAlive, type PublishedPort } from '../../model/container.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  summary: 'List port mappings or a specific mapping for the container',
  flags: [],
  words: { least: 1, most: 2 },
  run({ options, words }) {
    const [name = '', asked] = words;
    const { state } = containerOf(openEngine(options), name);
    const ports = isAlive(state) ? state.ports : [];
    if (asked === undefined) {
      const lines = ports.toSorted((a, b) => a.containerPort - b.containerPort || (a.protocol < b.protocol ? -1 : 1));
      writeOut(lines.map((port) => `${port.containerPort}/${port.protocol} -> ${hostEnd(port)}\n`).join(''));
      return 0;
    }
    const [number = '', protocol = 'tcp'] = asked.split('/');
    if (!/^\d+$/.test(number) || Number(number) > 65_535)
      throw new TsrunError('INVALID_ARGUMENT', `Invalid containerPort: ${number}`, { path: asked, exitCode: 1 });
    const found = ports.filter((port) => port.containerPort === Number(number) && port.protocol === protocol);
    if (found.length === 0) {
      throw new TsrunError('NOT_FOUND', `No public port '${number}/${protocol}' published for ${name}`, {
        path: asked,
        exitCode: 1,
      });
    }
    writeOut(found.map((port) => `${hostEnd(port)}\n`).join(''));
    return 0;
  },
};

const hostEnd = ({ hostAddress, hostPort }: PublishedPort): string =>
  `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${hostPort}`;
