/** `--filter NAME=VALUE`, of every command that has it, read. Source of rules and words: docker/cli, opts; moby, api/types/filters. */
import { cut } from './cut.ts';
import { TsrunError } from './errors.ts';

/** The values of each name, in order. */
export class Filters {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    this.#values.set(name, [...this.list(name), value]);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Whether `test` holds for one of a name's values; true where there is none. */
  some(name: string, test: (value: string) => boolean): boolean {
    return !this.has(name) || this.list(name).some((value) => test(value));
  }

  /** Whether labels have all that `label` asks for (`name`, `name=value`), and nothing that `label!` does. */
  matchLabels(labels: Readonly<Record<string, string>>): boolean {
    const has = (wanted: string): boolean => {
      const [name, value] = cut(wanted, '=');
      return Object.hasOwn(labels, name) && (value === undefined || labels[name] === value);
    };
    return this.list('label').every((wanted) => has(wanted)) && !this.list('label!').some((wanted) => has(wanted));
  }

  /**
   * A yes or no.
   * @throws TsrunError INVALID_ARGUMENT for anything but true, false, 1 and 0
   */
  boolean(name: string, words: Readonly<Record<string, boolean>> = { true: true, false: false }): boolean | undefined {
    const values = this.list(name);
    if (values.length === 0) return undefined;
    const [word = ''] = values;
    const value = Object.hasOwn(words, word) ? words[word] : undefined;
    if (values.length > 1 || value === undefined)
      throw new TsrunError('INVALID_ARGUMENT', `Invalid filter '${name}=[${values.join(' ')}]'`);
    return value;
  }
}

/**
 * Read the values of `--filter`.
 * @param known the names that the command has; `label!` is what `label!=x` needs
 * @throws TsrunError INVALID_ARGUMENT `Invalid filter 'x'`
 */
export function parseFilters(texts: readonly string[], known: readonly string[]): Filters {
  const filters = new Filters();
  for (const text of texts) {
    if (text === '') continue;
    const [name, value = ''] = cut(text, '=');
    const word = name.trim().toLowerCase();
    if (!known.includes(word)) {
      throw new TsrunError('INVALID_ARGUMENT', `Invalid filter '${word}'`, { hint: `what there is: ${known.join(', ')}` });
    }
    filters.add(word, value.trim());
  }
  return filters;
}

/** A test by a regular expression, as `name` is in Docker's filters; one that isn't valid matches nothing but itself. */
export function matchesPattern(pattern: string, ...texts: readonly string[]): boolean {
  if (texts.includes(pattern)) return true;
  try {
    const expression = new RegExp(pattern);
    return texts.some((text) => expression.test(text));
  } catch {
    return false;
  }
}
