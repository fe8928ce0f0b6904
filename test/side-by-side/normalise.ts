/**
 * What is different every time a command runs gets a name: IDs, times, sizes, and the names that engines make up.
 * Nothing else is touched. An ID keeps its name through a case, so that it still shows what belongs together.
 */
import { changeTables } from './table.ts';

/** One case's names. */
export interface Normaliser {
  (text: string): string;
}

/** Sizes in Docker's units. None at all (`0B`) is no size that could differ. */
const SIZE = /(?<![\w.])(?!0B)\d+(?:\.\d+)?(?:B|[kMGT]i?B)(?!\w)/g;
/** `2 minutes`, `About an hour`. */
const AGE = /(?:Less than a second|About an? (?:minute|hour)|\d+ (?:second|minute|hour|day|week|month|year)s?)(?= ago| *$| ?\(|\))/gm;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d(?: [A-Z]{3})?)/g;
/** `docker push` tells a manifest's size; the manifest's bytes depend on who wrote it. */
const MANIFEST_SIZE = /(?<= size: )\d+/g;
const LONG = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;
const SHORT = /(?<![0-9a-zA-Z])[0-9a-f]{12}(?![0-9a-zA-Z])/g;
/** A name that an engine made up. */
const MADE_UP_NAME = /^[a-z]+_[a-z]+\d*$/;

/** Begin a case. */
export function createNormaliser(): Normaliser {
  /** By the first twelve digits. */
  const numbers = new Map<string, number>();
  const numberOf = (id: string): number => {
    const key = id.slice(0, 12);
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  };
  const plain = (text: string): string =>
    text
      .replaceAll(TIME, '<time>')
      .replaceAll(LONG, (id) => `<id ${numberOf(id)}>`)
      .replaceAll(SHORT, (id) => `<short id ${numberOf(id)}>`)
      .replaceAll(SIZE, '<size>')
      .replaceAll(MANIFEST_SIZE, '<size>')
      .replaceAll(AGE, '<age>');
  const cell = (text: string, head: string): string => (head === 'NAMES' && MADE_UP_NAME.test(text) ? '<name>' : plain(text));
  return (text) => plain(changeTables(text, cell));
}
