/** What pulls and pushes tell while they go on; `renderer.ts` makes Docker's text of it. */
export type { PullEvent, PullReporter } from '../../model/pull-event.ts';
export type { PushEvent, PushReporter } from '../../model/push-event.ts';
