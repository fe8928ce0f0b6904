/** `tsrun exec`: one more program in a running container. */
import { execInContainer } from '../../engine/exec.ts';
import type { Command } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { readDetachKeys } from '../options/detach-keys.ts';
import { checkEnvironment, readEnvironment } from '../options/key-values.ts';
import { checkTerminal } from '../terminal.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Run a command in a running container',
  flags: [
    { name: 'detach', short: 'd', help: 'Detached mode: run command in the background' },
    { name: 'detach-keys', value: 'string', help: 'Override the key sequence for detaching a container' },
    { name: 'env', short: 'e', value: 'list', help: 'Set environment variables', check: checkEnvironment },
    { name: 'env-file', value: 'list', help: 'Read in a file of environment variables' },
    { name: 'interactive', short: 'i', help: 'Keep STDIN open even if not attached' },
    { name: 'privileged', help: 'Give extended privileges to the command' },
    { name: 'tty', short: 't', help: 'Allocate a pseudo-TTY' },
    { name: 'user', short: 'u', value: 'string', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
    { name: 'workdir', short: 'w', value: 'string', help: 'Working directory inside the container' },
  ],
  interspersed: false,
  words: { least: 2, most: Infinity },
  run({ options, flags, words, name }) {
    const [target = '', ...program] = words;
    const detach = flags.flag('detach');
    const terminal = flags.flag('tty');
    const interactive = flags.flag('interactive');
    const detachKeys = readDetachKeys(flags.text('detach-keys') ?? '');
    const environment = readEnvironment(flags.list('env-file'), flags.list('env'), process.env);
    checkTerminal(name, { terminal, stdin: interactive && !detach });
    const engine = openEngine(options);
    return execInContainer(
      engine,
      containerOf(engine, target),
      {
        command: program,
        environment,
        user: flags.word('user'),
        workingDirectory: flags.word('workdir'),
        terminal,
        privileged: flags.flag('privileged'),
      },
      { attach: detach ? [] : interactive ? ['stdin', 'stdout', 'stderr'] : ['stdout', 'stderr'], detach, detachKeys },
    );
  },
};
