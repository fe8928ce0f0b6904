/** `tsrun run`: the seven steps. */
import { native } from '../../kernel/native.ts';
import type { PullReporter } from '../../image/progress/events.ts';
import type { EngineOptions, RunListener, RunRequest } from '../../model/run-request.ts';
import { planRun, runContainer } from '../../run.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { reportWarning } from '../errors.ts';
import { runFlags } from '../options/run-flags.ts';
import { parseRunRequest } from '../options/run-options.ts';
import { writeError, writeOut } from '../output.ts';
import { pullPrinter } from '../pull-output.ts';
import { UsageError } from '../usage-error.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Run a command in a new container',
  flags: runFlags,
  interspersed: false,
  words: { least: 1, most: Infinity },
  exitCode: 125,
  async run({ options, flags, words, name }) {
    const request = parseRunRequest(name, flags, words, process.env);
    checkTerminal(request);
    const listener = listenTo(options, request.quiet);
    if (request.dryRun) {
      const { plannedText } = await import('../dry-run.ts');
      writeOut(plannedText(await planRun(openEngine(options), request, listener)));
      return 0;
    }
    if (request.explain) (await import('../explain.ts')).explainToStderr();
    const result = await runContainer(openEngine(options), request, listener);
    if (request.detach) writeOut(`${result.id}\n`);
    return result.exitCode;
  },
};

/** What a run tells on its way goes to stderr. */
export function listenTo(options: EngineOptions, quiet: boolean): RunListener {
  let report: PullReporter | undefined;
  return {
    pull(event) {
      // -q keeps the pull quiet, not that there is one.
      if (quiet && event.type !== 'missing') return;
      report ??= pullPrinter(STDERR, writeError);
      report(event);
    },
    warning: (message) => reportWarning(message, options.logFormat),
  };
}

const STDIN = 0;
const STDERR = 2;

/** A terminal inside needs one outside, where keys are to come from it. */
function checkTerminal({ config, detach }: RunRequest): void {
  if (detach || !config.terminal || !config.attach.includes('stdin')) return;
  if (!native().isTerminal(STDIN)) throw new UsageError('run', 'the input device is not a TTY', 1);
}
