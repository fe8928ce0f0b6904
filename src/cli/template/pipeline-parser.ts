/** Pipelines of a template, `$a := .B | printf "%s"`: from tokens to commands and operands. Source: Go's text/template/parse. */
import { functions } from './functions.ts';
import type { Token } from './lexer.ts';
import { operandText, type CommandNode, type Operand, type Pipeline } from './nodes.ts';
import { numberOperand } from './numbers.ts';
import { quoteGo, unquoteCharacter, unquoteString } from './quote.ts';
import type { TokenReader } from './token-reader.ts';

export class PipelineParser {
  /** Names that are known here; whoever opens a scope ends it. */
  variables: string[] = ['$'];
  readonly #tokens: TokenReader;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
  }

  /** Up to what closes it; a parenthesis is left to be read. */
  pipeline(context: string, closes: 'close' | ')'): Pipeline {
    const { position } = this.#tokens.lookBehindBlanks();
    const pipeline: Pipeline = { position, variables: [], assigns: false, commands: [] };
    this.#declarations(pipeline, context);
    for (;;) {
      const token = this.#tokens.lookBehindBlanks();
      if (token.type === closes) {
        this.#checkPipeline(pipeline, context);
        if (closes === 'close') this.#tokens.skip();
        return pipeline;
      }
      if (!startsOperand(token)) {
        this.#tokens.skip();
        throw this.#tokens.unexpected(token, context);
      }
      pipeline.commands.push(this.#command());
    }
  }

  #declarations(pipeline: Pipeline, context: string): void {
    for (;;) {
      const variable = this.#tokens.lookBehindBlanks();
      if (variable.type !== 'variable') return;
      const after = this.#tokens.look(1).type === 'space' ? 2 : 1;
      const sign = this.#tokens.look(after);
      const isComma = sign.type === 'symbol' && sign.text === ',';
      if (sign.type !== ':=' && sign.type !== '=' && !isComma) return;
      this.#tokens.skip(after + 1);
      pipeline.variables.push(variable.text);
      this.variables.push(variable.text);
      if (!isComma) {
        pipeline.assigns = sign.type === '=';
        return;
      }
      if (context !== 'range' || pipeline.variables.length === 2) throw this.#tokens.error(`too many declarations in ${context}`);
      const next = this.#tokens.lookBehindBlanks().type;
      if (next !== 'variable' && next !== 'close' && next !== ')') throw this.#tokens.error('range can only initialize variables');
    }
  }

  #checkPipeline({ commands }: Pipeline, context: string): void {
    if (commands.length === 0) throw this.#tokens.error(`missing value for ${context}`);
    for (const [index, { operands }] of commands.entries()) {
      const first = operands[0]?.type ?? 'nil';
      if (index > 0 && ['boolean', 'dot', 'nil', 'number', 'string'].includes(first)) {
        throw this.#tokens.error(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  /** Operands with blanks between them. */
  #command(): CommandNode {
    const { position } = this.#tokens.lookBehindBlanks();
    const operands: Operand[] = [];
    for (;;) {
      this.#tokens.lookBehindBlanks();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#tokens.next();
      if (token.type === 'space') continue;
      if (token.type === 'close' || token.type === ')') this.#tokens.skip(-1);
      else if (token.type !== '|') throw this.#tokens.unexpected(token, 'operand');
      break;
    }
    if (operands.length === 0) throw this.#tokens.error('empty command');
    return { position, operands };
  }

  /** A term and the fields after it. */
  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#tokens.look().type !== 'field') return term;
    // As Go counts: a chain stands where its second part is.
    const { position } = this.#tokens.look();
    const names: string[] = [];
    while (this.#tokens.look().type === 'field') names.push(this.#tokens.next().text.slice(1));
    switch (term.type) {
      case 'field':
      case 'variable':
        return { ...term, position, names: [...term.names, ...names] };
      case 'boolean':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        throw this.#tokens.error(`unexpected . after term ${quoteGo(operandText(term))}`);
      default:
        return { type: 'chain', position, of: term, names };
    }
  }

  #term(): Operand | undefined {
    const token = this.#tokens.lookBehindBlanks();
    const { text, position } = token;
    if (!startsOperand(token)) return undefined;
    this.#tokens.skip();
    switch (token.type) {
      case 'identifier':
        if (!Object.hasOwn(functions, text)) throw this.#tokens.error(`function ${quoteGo(text)} not defined`);
        return { type: 'function', position, name: text };
      case '.':
        return { type: 'dot', position };
      case 'keyword':
        return { type: 'nil', position };
      case 'variable':
        if (!this.variables.includes(text)) throw this.#tokens.error(`undefined variable ${quoteGo(text)}`);
        return { type: 'variable', position, name: text, names: [] };
      case 'field':
        return { type: 'field', position, names: [text.slice(1)] };
      case 'boolean':
        return { type: 'boolean', position, value: text === 'true' };
      case 'string':
        return { type: 'string', position, text, value: this.#tokens.told(() => unquoteString(text)) };
      case 'character':
        return { type: 'number', position, text, float: false, value: this.#tokens.told(() => unquoteCharacter(text)) };
      case 'number':
        return this.#tokens.told(() => numberOperand(token));
      default: {
        const pipeline = this.pipeline('parenthesized pipeline', ')');
        this.#tokens.skip();
        return { type: 'pipeline', position, pipeline };
      }
    }
  }
}

const STARTS: ReadonlySet<Token['type']> = new Set<Token['type']>([
  'boolean',
  'character',
  '.',
  'field',
  'identifier',
  'number',
  'string',
  'variable',
  '(',
]);

const startsOperand = (token: Token): boolean => STARTS.has(token.type) || (token.type === 'keyword' && token.text === 'nil');
