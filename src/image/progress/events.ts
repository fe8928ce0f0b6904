/** What a pull tells while it goes on; `renderer.ts` makes Docker's text of it. */
export type { PullEvent, PullReporter } from '../../model/pull-event.ts';
