/**
 * A pull or push as text, as Docker's client prints it: on a terminal one line a layer, rewritten in place by cursor moves;
 * elsewhere plain lines, without the bars. Events in, text out: whoever calls writes it.
 */
import type { PullEvent } from '../../model/pull-event.ts';
import type { PushEvent } from '../../model/push-event.ts';
import { progressBar } from './bar.ts';

export interface RendererOptions {
  /** Whether the text goes to a terminal. */
  terminal: boolean;
  /** The terminal's width now (it may change while a pull goes on). */
  columns: () => number;
}

type TransferEvent = PullEvent | PushEvent;

/** Gives the text for each event, which may be empty. */
export type Renderer = (event: TransferEvent) => string;

type LayerEvent = Extract<TransferEvent, { type: 'layer' }>;

const ERASE_LINE = '\u001B[2K';

/** For one pull or push: it remembers which line is which layer's. */
export function createRenderer(options: RendererOptions): Renderer {
  // Which line each layer has, counted from the first one's.
  let lines = new Map<string, number>();
  return (event) => {
    if (event.type === 'layer') return options.terminal ? onTerminal(event, lines, options.columns()) : plain(event);
    // Anything else goes below the layers' lines, which are history then.
    lines = new Map();
    return `${wordsFor(event)}\n`;
  };
}

function wordsFor(event: Exclude<TransferEvent, LayerEvent>): string {
  switch (event.type) {
    case 'missing':
      return `Unable to find image '${event.name}' locally`;
    case 'defaultTag':
      return `Using default tag: ${event.tag}`;
    case 'from':
      return `${event.tagOrDigest}: Pulling from ${event.repository}`;
    case 'digest':
      return `Digest: ${event.digest}`;
    case 'refersTo':
      return `The push refers to repository [${event.repository}]`;
    case 'pushed':
      return `${event.tag}: digest: ${event.digest} size: ${event.size}`;
    case 'status':
      return event.isNewer ? `Status: Downloaded newer image for ${event.name}` : `Status: Image is up to date for ${event.name}`;
  }
}

/** Docker prints no line for what moves a bar. */
function plain(event: LayerEvent): string {
  return barOf(event, 0) === '' ? `${event.id}: ${statusOf(event)}\n` : '';
}

function onTerminal(event: LayerEvent, lines: Map<string, number>, columns: number): string {
  const isFirst = !lines.has(event.id);
  if (isFirst) lines.set(event.id, lines.size);
  const up = lines.size - (lines.get(event.id) ?? 0);
  // A line that wraps would make every move after it land one line too low.
  const text = `${event.id}: ${statusOf(event)} ${barOf(event, columns)}`.slice(0, Math.max(columns - 1, 1));
  return `${isFirst ? '\n' : ''}\u001B[${up}A${ERASE_LINE}\r${text}\r\u001B[${up}B`;
}

function statusOf(event: LayerEvent): string {
  if (event.status !== 'Retrying') return event.status;
  const seconds = Math.max(Math.ceil(event.seconds ?? 0), 1);
  return `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`;
}

function barOf(event: LayerEvent, columns: number): string {
  return progressBar(event.current ?? 0, event.total ?? 0, columns);
}
