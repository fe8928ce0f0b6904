/** `tsrun logs`: what a container wrote. */
import { join } from 'node:path';
import { currentState } from '../../container/states.ts';
import { isAlive } from '../../model/container.ts';
import { TsrunError } from '../../model/errors.ts';
import { readLog, type LogEntry } from '../../process/logs.ts';
import { containerDirectory } from '../../state/paths.ts';
import type { Command } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { parseTime } from '../options/times.ts';
import { writeError, writeOut } from '../output.ts';

/** Between two looks at a log that is followed. */
const POLL_MS = 50;

/** Text of one stream is gathered up to this before it is written. */
const GATHER = 64 * 1024;

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: 'Fetch the logs of a container',
  flags: [
    { name: 'details', help: 'Show extra details provided to logs', hidden: true, unsupported: true },
    { name: 'follow', short: 'f', help: 'Follow log output' },
    {
      name: 'since',
      value: 'string',
      help: 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
    { name: 'tail', short: 'n', value: 'string', help: 'Number of lines to show from the end of the logs (default "all")' },
    { name: 'timestamps', short: 't', help: 'Show timestamps' },
    {
      name: 'until',
      value: 'string',
      help: 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
  ],
  words: { least: 1, most: 1 },
  run({ options, flags, words }) {
    const now = Date.now();
    const time = (name: string): bigint | undefined => readTime(name, flags.word(name), now);
    const [since, until] = [time('since'), time('until')];
    const engine = openEngine(options);
    const container = containerOf(engine, words[0] ?? '');
    if (container.config.logDriver === 'none') {
      throw new TsrunError('UNSUPPORTED', 'configured logging driver does not support reading', { path: container.name });
    }
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const out = new Output(flags.flag('timestamps'));
    const follow = {
      ended: () => !isAlive(currentState(engine.paths, container)),
      wait: () => {
        out.flush();
        Atomics.wait(pause, 0, 0, POLL_MS);
      },
    };
    const path = join(containerDirectory(engine.paths, container.id), `${container.id}-json.log`);
    const running = isAlive(container.state);
    for (const entry of readLog(path, {
      tail: readTail(flags.text('tail')),
      since,
      until,
      follow: flags.flag('follow') && running ? follow : undefined,
    })) {
      out.add(entry);
    }
    out.flush();
    return 0;
  },
};

function readTime(name: string, text: string | undefined, now: number): bigint | undefined {
  if (text === undefined) return undefined;
  try {
    return parseTime(name, text, now);
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', (error as Error).message, { cause: error });
  }
}

/** What is no number means all of it, as Docker's. */
function readTail(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Entries to our own stdout and stderr, in their order, in large writes. */
class Output {
  readonly #timestamps: boolean;
  #stream: LogEntry['stream'] = 'stdout';
  #text: string[] = [];
  #length = 0;

  constructor(timestamps: boolean) {
    this.#timestamps = timestamps;
  }

  add({ stream, time, log }: LogEntry): void {
    if (stream !== this.#stream || this.#length > GATHER) this.flush();
    this.#stream = stream;
    const text = this.#timestamps ? `${time} ${log}` : log;
    this.#text.push(text);
    this.#length += text.length;
  }

  flush(): void {
    if (this.#length > 0) (this.#stream === 'stderr' ? writeError : writeOut)(this.#text.join(''));
    this.#text = [];
    this.#length = 0;
  }
}
