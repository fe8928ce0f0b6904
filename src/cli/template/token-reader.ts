/** A template's tokens one after the other, and the errors that tell where they are wrong. */
import type { Token } from './lexer.ts';
import { quoteGo } from './quote.ts';
import { TemplateError } from './template-error.ts';

export class TokenReader {
  /** Where the action began that is being read; 0: none is. */
  actionLine = 0;
  readonly #tokens: readonly Token[];
  readonly #name: string;
  #at = 0;
  /** The farthest token that was looked at: errors tell its line. */
  #seen = 0;

  /** @param name what errors call the template */
  constructor(tokens: readonly Token[], name: string) {
    this.#tokens = tokens;
    this.#name = name;
  }

  /** Pass over tokens that were looked at; below 0, read them again. */
  skip(count = 1): void {
    this.#at += count;
  }

  /** A token that is left to be read; after the last one, that. */
  look(ahead = 0): Token {
    const index = Math.min(this.#at + ahead, this.#tokens.length - 1);
    this.#seen = Math.max(this.#seen, index);
    return this.#tokens[index] ?? { type: 'end', text: '', position: 0, line: 1 };
  }

  /** Read a token. */
  next(): Token {
    const token = this.look();
    if (this.#at < this.#tokens.length) this.#at++;
    return token;
  }

  lookBehindBlanks(): Token {
    while (this.look().type === 'space') this.#at++;
    return this.look();
  }

  nextBehindBlanks(): Token {
    this.lookBehindBlanks();
    return this.next();
  }

  /** @returns an error of the line that was reached, to be thrown */
  error(message: string): TemplateError {
    return new TemplateError(`template: ${this.#name}:${this.#tokens[this.#seen]?.line ?? 1}: ${message}`);
  }

  /** @param context what was being read @returns the error of a token that can't stand there; of what is none, the lexer's own */
  unexpected(token: Token, context: string): TemplateError {
    if (token.type !== 'error') return this.error(`unexpected ${tokenText(token)} in ${context}`);
    const elsewhere = this.actionLine !== 0 && this.actionLine !== token.line;
    const started = `${token.text.endsWith(' action') ? '' : ' in action'} started at ${this.#name}:${this.actionLine}`;
    return this.error(token.text + (elsewhere ? started : ''));
  }

  /** Read the end of an action. @throws TemplateError where something else comes */
  expectClose(context: string): void {
    const token = this.nextBehindBlanks();
    if (token.type !== 'close') throw this.unexpected(token, context);
  }

  /** What a text stands for; or its error, with where it is. */
  told<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw this.error((error as Error).message);
    }
  }
}

/** A token as errors show it. */
function tokenText({ type, text }: Token): string {
  if (type === 'end') return 'EOF';
  if (type === 'keyword' || type === '.') return `<${text}>`;
  return text.length > 10 ? `${quoteGo(text.slice(0, 10))}...` : quoteGo(text);
}
