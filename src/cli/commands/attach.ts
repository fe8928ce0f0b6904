/** `tsrun attach`: our terminal or streams on a container that runs. */
import { attachContainer } from '../../engine/attach.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { listenTo } from '../listener.ts';
import { readDetachKeys } from '../options/detach-keys.ts';
import { checkTerminal } from '../terminal.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: 'Attach local standard input, output, and error streams to a running container',
  flags: [
    { name: 'detach-keys', value: 'string', help: 'Override the key sequence for detaching a container' },
    { name: 'no-stdin', help: 'Do not attach STDIN' },
    { name: 'sig-proxy', help: 'Proxy all received signals to the process (default true)' },
  ],
  words: { least: 1, most: 1 },
  run({ options, flags, words, name }) {
    const detachKeys = readDetachKeys(flags.text('detach-keys') ?? '');
    const engine = openEngine(options);
    const stdin = !flags.flag('no-stdin');
    return onContainer(engine, words[0] ?? '', (container) => {
      if (container.state.status === 'running') checkTerminal(name, { terminal: container.config.terminal, stdin });
      const signalProxy = flags.flag('sig-proxy', true) && !container.config.terminal;
      return attachContainer(engine, container, { stdin, detachKeys, signalProxy }, listenTo(options, true));
    });
  },
};
