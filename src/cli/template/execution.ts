/** Where a template is while it is filled in: its data, its variables, and which part is being evaluated, for errors. */
import type { GoFunction } from './functions.ts';
import { quoteGo } from './quote.ts';
import { TemplateError } from './template-error.ts';
import { GoMap, type GoValue } from './values.ts';

export interface ExecutionOptions {
  /** What errors call the template. */
  name?: string;
  /** Functions in the place of the usual ones: a table's header isn't changed by `upper`. */
  functions?: Readonly<Record<string, GoFunction>>;
}

interface Variable {
  name: string;
  value: GoValue;
}

export class Execution {
  readonly root: GoValue;
  /** JSON as it is: nothing is known of its types. */
  readonly isUntyped: boolean;
  readonly functions: Readonly<Record<string, GoFunction>>;
  readonly #text: string;
  readonly #name: string;
  /** Which template is being filled, of those with a name. */
  #executing: string;
  #variables: Variable[];
  #where: { position: number; words: () => string } = { position: 0, words: () => '' };

  /** @param text the template: errors say where in it */
  constructor(text: string, root: GoValue, { name = '', functions = {} }: ExecutionOptions) {
    this.#text = text;
    this.#name = name;
    this.#executing = name;
    this.root = root;
    this.isUntyped = root instanceof GoMap && root.strict;
    this.functions = functions;
    this.#variables = [{ name: '$', value: root }];
  }

  /** What is evaluated now. */
  at(position: number, words: () => string): void {
    this.#where = { position, words };
  }

  /** @throws TemplateError with what is evaluated now, and where that is */
  fail(message: string): never {
    const before = this.#text.slice(0, this.#where.position);
    const newline = before.lastIndexOf('\n');
    const place = `${before.split('\n').length}:${Buffer.byteLength(before.slice(newline + 1))}`;
    throw new TemplateError(
      `template: ${this.#name}:${place}: executing ${quoteGo(this.#executing)} at <${this.#where.words()}>: ${message}`,
    );
  }

  /** Fill another template, which sees no variables of this one. */
  within(name: string, data: GoValue, work: () => void): void {
    const [outer, variables] = [this.#executing, this.#variables];
    [this.#executing, this.#variables] = [name, [{ name: '$', value: data }]];
    work();
    [this.#executing, this.#variables] = [outer, variables];
  }

  /** What is declared from here on is forgotten by `forgetSince`. */
  mark(): number {
    return this.#variables.length;
  }

  forgetSince(mark: number): void {
    this.#variables.length = mark;
  }

  variable(name: string): GoValue {
    return this.#variables.findLast((each) => each.name === name)?.value ?? null;
  }

  declare(name: string, value: GoValue): void {
    this.#variables.push({ name, value });
  }

  /** @param since only those that were declared after this mark; one that isn't there stays so */
  redeclare(name: string, value: GoValue, since: number): void {
    const found = this.#variables.findLast((each, index) => index >= since && each.name === name);
    if (found !== undefined) found.value = value;
  }

  assign(name: string, value: GoValue): void {
    const found = this.#variables.findLast((each) => each.name === name);
    if (found === undefined) this.fail(`undefined variable: ${name}`);
    found.value = value;
  }
}
