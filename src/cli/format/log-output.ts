/** Entries of a log to our own stdout and stderr, in their order, in large writes. */
import type { LogEntry } from '../../process/log-entry.ts';
import { writeError, writeOut } from '../output.ts';

/** Text of one stream is gathered up to this before it is written. */
const GATHER = 64 * 1024;

export class LogOutput {
  readonly #options: { timestamps: boolean; details: boolean };
  #stream: LogEntry['stream'] = 'stdout';
  #parts: Buffer[] = [];
  #length = 0;

  /** @param options `-t`: the time before each entry; `--details`: its attributes */
  constructor(options: { timestamps: boolean; details: boolean }) {
    this.#options = options;
  }

  add(entry: LogEntry): void {
    if (entry.stream !== this.#stream || this.#length > GATHER) this.flush();
    this.#stream = entry.stream;
    const time = this.#options.timestamps ? `${entry.time} ` : '';
    // A space, even where there are none: as Docker's.
    const details = this.#options.details ? `${detailsOf(entry.attributes ?? {})} ` : '';
    if (time !== '' || details !== '') this.#take(Buffer.from(time + details));
    this.#take(typeof entry.log === 'string' ? Buffer.from(entry.log) : entry.log);
  }

  flush(): void {
    if (this.#length > 0) (this.#stream === 'stderr' ? writeError : writeOut)(Buffer.concat(this.#parts));
    this.#parts = [];
    this.#length = 0;
  }

  #take(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

/** `name=value,…` by name, both escaped as in a URL's query (Go's url.QueryEscape). */
function detailsOf(attributes: Readonly<Record<string, string>>): string {
  const names = Object.keys(attributes).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return names.map((name) => `${queryEscape(name)}=${queryEscape(attributes[name] ?? '')}`).join(',');
}

function queryEscape(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
