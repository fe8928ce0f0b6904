/** `tsrun run`: the seven steps. */
import { planRun, runContainer } from '../../run.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { mayPull } from '../../engine/may-pull.ts';
import { listenTo } from '../listener.ts';
import { runFlags } from '../options/run-flags.ts';
import { parseRunRequest } from '../options/run-options.ts';
import { needWholeBundle } from '../other-bundle.ts';
import { writeOut, writeShown } from '../output.ts';
import { checkTerminal } from '../terminal.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Run a command in a new container',
  flags: runFlags,
  interspersed: false,
  words: { least: 1, most: Infinity },
  exitCode: 125,
  async run({ options, flags, words, name }) {
    const engine = openEngine(options);
    if (mayPull(engine, words[0] ?? '', flags.text('pull'), flags.text('platform'))) needWholeBundle();
    const request = parseRunRequest(name, flags, words, process.env);
    checkTerminal(name, { terminal: request.config.terminal, stdin: request.config.attach.includes('stdin') });
    const listener = listenTo(options, request.quiet);
    const { limits } = request.config;
    // Docker's client says so, and then its daemon says more.
    if (limits.oomKillDisable === true && limits.memory === undefined)
      listener.warning?.("Disabling the OOM killer on containers without setting a '-m/--memory' limit may be dangerous.");
    if (request.dryRun) {
      const { plannedText } = await import('../dry-run.ts');
      writeShown(plannedText(await planRun(engine, request, listener)));
      return 0;
    }
    if (request.explain) (await import('../explain.ts')).explainToStderr();
    if (request.config.attach.some((stream) => stream !== 'stdin')) return (await runContainer(engine, request, listener)).exitCode;
    // Nobody sees the program's output: then its ID is what there is to say, and how it ends is asked with that; also of one that
    // can't be started, and is there.
    let id: string | undefined;
    const remember = (made: string): void => {
      id = made;
    };
    try {
      await runContainer(engine, request, { ...listener, created: remember });
    } finally {
      if (id !== undefined) writeOut(`${id}\n`);
    }
    return 0;
  },
};
