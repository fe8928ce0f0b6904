/** From tokens to the parts of a template. Source of the grammar: Go's text/template/parse, whose words its errors use. */
import { functions } from './functions.ts';
import { lex, type Token } from './lexer.ts';
import { operandText, type Branch, type CommandNode, type Operand, type Pipeline, type TemplateNode, type TemplateUse } from './nodes.ts';
import { numberOperand } from './numbers.ts';
import { quoteGo, unquoteCharacter, unquoteString } from './quote.ts';
import { TemplateError } from './template-error.ts';

/**
 * Parse a template.
 * @param name what its errors call it
 * @throws TemplateError in Go's words: `template: :1: unclosed action`
 */
export function parseTemplate(text: string, name = ''): TemplateNode[] {
  return new Parser(lex(text), name).template();
}

/** How a list of parts ended; `else` may have a condition of its own. */
type ListEnd = { word: 'end' } | { word: 'else'; and: 'if' | 'with' | undefined };

class Parser {
  readonly #tokens: readonly Token[];
  readonly #name: string;
  #at = 0;
  /** The farthest token that was looked at: errors tell its line. */
  #seen = 0;
  #actionLine = 0;
  #rangeDepth = 0;
  #variables = ['$'];
  readonly #definitions = new Map<string, readonly TemplateNode[]>();

  constructor(tokens: readonly Token[], name: string) {
    this.#tokens = tokens;
    this.#name = name;
  }

  template(): TemplateNode[] {
    const { nodes, end } = this.#list(true);
    if (end !== undefined) throw this.#error(`unexpected {{${end.word}}}`);
    return nodes;
  }

  #look(ahead = 0): Token {
    const index = Math.min(this.#at + ahead, this.#tokens.length - 1);
    this.#seen = Math.max(this.#seen, index);
    return this.#tokens[index] ?? { type: 'end', text: '', position: 0, line: 1 };
  }

  #next(): Token {
    const token = this.#look();
    if (this.#at < this.#tokens.length) this.#at++;
    return token;
  }

  #lookBehindBlanks(): Token {
    while (this.#look().type === 'space') this.#at++;
    return this.#look();
  }

  #nextBehindBlanks(): Token {
    this.#lookBehindBlanks();
    return this.#next();
  }

  #error(message: string): TemplateError {
    return new TemplateError(`template: ${this.#name}:${this.#tokens[this.#seen]?.line ?? 1}: ${message}`);
  }

  #unexpected(token: Token, context: string): TemplateError {
    if (token.type !== 'error') return this.#error(`unexpected ${tokenText(token)} in ${context}`);
    const elsewhere = this.#actionLine !== 0 && this.#actionLine !== token.line;
    const started = `${token.text.endsWith(' action') ? '' : ' in action'} started at ${this.#name}:${this.#actionLine}`;
    return this.#error(token.text + (elsewhere ? started : ''));
  }

  #expectClose(context: string): void {
    const token = this.#nextBehindBlanks();
    if (token.type !== 'close') throw this.#unexpected(token, context);
  }

  /** Parts up to an {{end}} or {{else}}; of the whole template, up to its end. */
  #list(isWhole: boolean): { nodes: TemplateNode[]; end: ListEnd | undefined } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.#nextBehindBlanks();
      if (token.type === 'end' && isWhole) return { nodes, end: undefined };
      if (token.type === 'end') throw this.#error('unexpected EOF');
      if (token.type === 'text') {
        nodes.push({ type: 'text', text: token.text });
        continue;
      }
      if (token.type !== 'open') throw this.#unexpected(token, 'input');
      this.#actionLine = token.line;
      if (isWhole && this.#isDefine()) {
        this.#define();
        continue;
      }
      const node = this.#action();
      this.#actionLine = 0;
      if ('word' in node) return { nodes, end: node };
      nodes.push(node);
    }
  }

  #action(): TemplateNode | ListEnd {
    const token = this.#lookBehindBlanks();
    if (token.type !== 'keyword' || token.text === 'nil' || token.text === 'define') {
      return { type: 'action', position: token.position, pipeline: this.#pipeline('command', 'close') };
    }
    this.#at++;
    switch (token.text) {
      case 'if':
      case 'range':
      case 'with':
        return this.#branch(token.text);
      case 'end':
        this.#expectClose('end');
        return { word: 'end' };
      case 'else':
        return this.#else();
      case 'break':
      case 'continue':
        this.#expectClose(`{{${token.text}}}`);
        if (this.#rangeDepth === 0) throw this.#error(`{{${token.text}}} outside {{range}}`);
        return { type: token.text, position: token.position };
      case 'block':
        return this.#block();
      default:
        return this.#use();
    }
  }

  #isDefine(): boolean {
    const { type, text } = this.#lookBehindBlanks();
    return type === 'keyword' && text === 'define';
  }

  /** `{{define "name"}}…{{end}}`, between all other parts. */
  #define(): void {
    this.#at++;
    const { name } = this.#templateName('define clause');
    this.#expectClose('define clause');
    this.#keep(name, this.#body('define clause'));
    this.#actionLine = 0;
  }

  /** `{{block "name" pipeline}}…{{end}}`: defined where it is used. */
  #block(): TemplateUse {
    const { name, position } = this.#templateName('block clause');
    const pipeline = this.#pipeline('block clause', 'close');
    this.#keep(name, this.#body('block clause'));
    return { type: 'template', position, name, pipeline, definitions: this.#definitions };
  }

  /** `{{template "name"}}`, or with what it is filled with. */
  #use(): TemplateUse {
    const { name, position } = this.#templateName('template clause');
    const isBare = this.#lookBehindBlanks().type === 'close';
    if (isBare) this.#at++;
    const pipeline = isBare ? undefined : this.#pipeline('template clause', 'close');
    return { type: 'template', position, name, pipeline, definitions: this.#definitions };
  }

  #templateName(context: string): { name: string; position: number } {
    const token = this.#nextBehindBlanks();
    if (token.type !== 'string') throw this.#unexpected(token, context);
    return { name: this.#told(() => unquoteString(token.text)), position: token.position };
  }

  /** A template of its own: it knows no variables of what is around it. */
  #body(context: string): TemplateNode[] {
    const [variables, rangeDepth] = [this.#variables, this.#rangeDepth];
    [this.#variables, this.#rangeDepth] = [['$'], 0];
    const { nodes, end } = this.#list(false);
    [this.#variables, this.#rangeDepth] = [variables, rangeDepth];
    if (end?.word === 'else') throw this.#error(`unexpected {{else}} in ${context}`);
    return nodes;
  }

  /** An empty one may be replaced. */
  #keep(name: string, nodes: readonly TemplateNode[]): void {
    const isEmpty = (each: readonly TemplateNode[]): boolean => each.every((node) => node.type === 'text' && node.text.trim() === '');
    const before = this.#definitions.get(name);
    if (before === undefined || isEmpty(before)) this.#definitions.set(name, nodes);
    else if (!isEmpty(nodes)) throw this.#error(`template: multiple definition of template ${quoteGo(name)}`);
  }

  /** `{{else}}`, or `{{else if` and `{{else with`, whose second word is left to be read. */
  #else(): ListEnd {
    const token = this.#lookBehindBlanks();
    if (token.type === 'keyword' && (token.text === 'if' || token.text === 'with')) return { word: 'else', and: token.text };
    this.#expectClose('else');
    return { word: 'else', and: undefined };
  }

  #branch(type: Branch['type']): Branch {
    const known = this.#variables.length;
    if (type === 'range') this.#rangeDepth++;
    const pipeline = this.#pipeline(type, 'close');
    const { nodes: body, end } = this.#list(false);
    if (type === 'range') this.#rangeDepth--;
    const otherwise = end?.word === 'else' ? this.#otherwise(type, end.and) : undefined;
    this.#variables.length = known;
    return { type, position: pipeline.position, pipeline, body, otherwise };
  }

  #otherwise(type: Branch['type'], and: 'if' | 'with' | undefined): TemplateNode[] {
    if (and !== undefined) {
      // One {{end}} closes both.
      if (type !== and) throw this.#unexpected(this.#look(), 'input');
      this.#at++;
      return [this.#branch(and)];
    }
    const { nodes, end } = this.#list(false);
    if (end?.word === 'else') throw this.#error('expected end; found {{else}}');
    return nodes;
  }

  /** Up to what closes it; a parenthesis is left to be read. */
  #pipeline(context: string, closes: 'close' | ')'): Pipeline {
    const { position } = this.#lookBehindBlanks();
    const pipeline: Pipeline = { position, variables: [], assigns: false, commands: [] };
    this.#declarations(pipeline, context);
    for (;;) {
      const token = this.#lookBehindBlanks();
      if (token.type === closes) {
        this.#checkPipeline(pipeline, context);
        if (closes === 'close') this.#at++;
        return pipeline;
      }
      if (!startsOperand(token)) {
        this.#at++;
        throw this.#unexpected(token, context);
      }
      pipeline.commands.push(this.#command());
    }
  }

  #declarations(pipeline: Pipeline, context: string): void {
    for (;;) {
      const variable = this.#lookBehindBlanks();
      if (variable.type !== 'variable') return;
      const after = this.#look(1).type === 'space' ? 2 : 1;
      const sign = this.#look(after);
      const isComma = sign.type === 'symbol' && sign.text === ',';
      if (sign.type !== ':=' && sign.type !== '=' && !isComma) return;
      this.#at += after + 1;
      pipeline.variables.push(variable.text);
      this.#variables.push(variable.text);
      if (!isComma) {
        pipeline.assigns = sign.type === '=';
        return;
      }
      if (context !== 'range' || pipeline.variables.length === 2) throw this.#error(`too many declarations in ${context}`);
      const next = this.#lookBehindBlanks().type;
      if (next !== 'variable' && next !== 'close' && next !== ')') throw this.#error('range can only initialize variables');
    }
  }

  #checkPipeline({ commands }: Pipeline, context: string): void {
    if (commands.length === 0) throw this.#error(`missing value for ${context}`);
    for (const [index, { operands }] of commands.entries()) {
      const first = operands[0]?.type ?? 'nil';
      if (index > 0 && ['boolean', 'dot', 'nil', 'number', 'string'].includes(first)) {
        throw this.#error(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  /** Operands with blanks between them. */
  #command(): CommandNode {
    const { position } = this.#lookBehindBlanks();
    const operands: Operand[] = [];
    for (;;) {
      this.#lookBehindBlanks();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#next();
      if (token.type === 'space') continue;
      if (token.type === 'close' || token.type === ')') this.#at--;
      else if (token.type !== '|') throw this.#unexpected(token, 'operand');
      break;
    }
    if (operands.length === 0) throw this.#error('empty command');
    return { position, operands };
  }

  /** A term and the fields after it. */
  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#look().type !== 'field') return term;
    // As Go counts: a chain stands where its second part is.
    const { position } = this.#look();
    const names: string[] = [];
    while (this.#look().type === 'field') names.push(this.#next().text.slice(1));
    switch (term.type) {
      case 'field':
      case 'variable':
        return { ...term, position, names: [...term.names, ...names] };
      case 'boolean':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        throw this.#error(`unexpected . after term ${quoteGo(operandText(term))}`);
      default:
        return { type: 'chain', position, of: term, names };
    }
  }

  #term(): Operand | undefined {
    const token = this.#lookBehindBlanks();
    const { text, position } = token;
    if (!startsOperand(token)) return undefined;
    this.#at++;
    switch (token.type) {
      case 'identifier':
        if (!Object.hasOwn(functions, text)) throw this.#error(`function ${quoteGo(text)} not defined`);
        return { type: 'function', position, name: text };
      case '.':
        return { type: 'dot', position };
      case 'keyword':
        return { type: 'nil', position };
      case 'variable':
        if (!this.#variables.includes(text)) throw this.#error(`undefined variable ${quoteGo(text)}`);
        return { type: 'variable', position, name: text, names: [] };
      case 'field':
        return { type: 'field', position, names: [text.slice(1)] };
      case 'boolean':
        return { type: 'boolean', position, value: text === 'true' };
      case 'string':
        return { type: 'string', position, text, value: this.#told(() => unquoteString(text)) };
      case 'character':
        return { type: 'number', position, text, float: false, value: this.#told(() => unquoteCharacter(text)) };
      case 'number':
        return this.#told(() => numberOperand(token));
      default: {
        const pipeline = this.#pipeline('parenthesized pipeline', ')');
        this.#at++;
        return { type: 'pipeline', position, pipeline };
      }
    }
  }

  /** What a text stands for; or its error, with where it is. */
  #told<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw this.#error((error as Error).message);
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

/** A token as errors show it. */
function tokenText({ type, text }: Token): string {
  if (type === 'end') return 'EOF';
  if (type === 'keyword' || type === '.') return `<${text}>`;
  return text.length > 10 ? `${quoteGo(text.slice(0, 10))}...` : quoteGo(text);
}
