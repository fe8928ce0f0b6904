/** What a run tells on its way, on stderr. */
import type { EngineOptions, RunListener } from '../model/run-request.ts';
import type { PullReporter } from '../model/pull-event.ts';
import { reportWarning } from './errors.ts';
import { writeError } from './output.ts';
import { transferPrinter } from './transfer-output.ts';

const STDERR = 2;

/** @param quiet keeps the pull quiet, not that there is one */
export function listenTo(options: EngineOptions, quiet: boolean): RunListener {
  let report: PullReporter | undefined;
  return {
    pull(event) {
      if (quiet && event.type !== 'missing') return;
      report ??= transferPrinter(STDERR, writeError);
      report(event);
    },
    warning: (message) => reportWarning(message, options.logFormat),
  };
}
