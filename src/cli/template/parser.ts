/** From tokens to the parts of a template. Source of the grammar: Go's text/template/parse, whose words its errors use. */
import { lex } from './lexer.ts';
import type { Branch, TemplateNode, TemplateUse } from './nodes.ts';
import { PipelineParser } from './pipeline-parser.ts';
import { quoteGo, unquoteString } from './quote.ts';
import { TokenReader } from './token-reader.ts';

/**
 * Parse a template.
 * @param name what its errors call it
 * @throws TemplateError in Go's words: `template: :1: unclosed action`
 */
export function parseTemplate(text: string, name = ''): TemplateNode[] {
  return new Parser(new TokenReader(lex(text), name)).template();
}

/** How a list of parts ended; `else` may have a condition of its own. */
type ListEnd = { word: 'end' } | { word: 'else'; and: 'if' | 'with' | undefined };

class Parser {
  readonly #tokens: TokenReader;
  readonly #pipelines: PipelineParser;
  #rangeDepth = 0;
  readonly #definitions = new Map<string, readonly TemplateNode[]>();

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
    this.#pipelines = new PipelineParser(tokens);
  }

  template(): TemplateNode[] {
    const { nodes, end } = this.#list(true);
    if (end !== undefined) throw this.#tokens.error(`unexpected {{${end.word}}}`);
    return nodes;
  }

  /** Parts up to an {{end}} or {{else}}; of the whole template, up to its end. */
  #list(isWhole: boolean): { nodes: TemplateNode[]; end: ListEnd | undefined } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.#tokens.nextBehindBlanks();
      if (token.type === 'end' && isWhole) return { nodes, end: undefined };
      if (token.type === 'end') throw this.#tokens.error('unexpected EOF');
      if (token.type === 'text') {
        nodes.push({ type: 'text', text: token.text });
        continue;
      }
      if (token.type !== 'open') throw this.#tokens.unexpected(token, 'input');
      this.#tokens.actionLine = token.line;
      if (isWhole && this.#isDefine()) {
        this.#define();
        continue;
      }
      const node = this.#action();
      this.#tokens.actionLine = 0;
      if ('word' in node) return { nodes, end: node };
      nodes.push(node);
    }
  }

  #action(): TemplateNode | ListEnd {
    const token = this.#tokens.lookBehindBlanks();
    if (token.type !== 'keyword' || token.text === 'nil' || token.text === 'define') {
      return { type: 'action', position: token.position, pipeline: this.#pipelines.pipeline('command', 'close') };
    }
    this.#tokens.skip();
    switch (token.text) {
      case 'if':
      case 'range':
      case 'with':
        return this.#branch(token.text);
      case 'end':
        this.#tokens.expectClose('end');
        return { word: 'end' };
      case 'else':
        return this.#else();
      case 'break':
      case 'continue':
        this.#tokens.expectClose(`{{${token.text}}}`);
        if (this.#rangeDepth === 0) throw this.#tokens.error(`{{${token.text}}} outside {{range}}`);
        return { type: token.text, position: token.position };
      case 'block':
        return this.#block();
      default:
        return this.#use();
    }
  }

  #isDefine(): boolean {
    const { type, text } = this.#tokens.lookBehindBlanks();
    return type === 'keyword' && text === 'define';
  }

  /** `{{define "name"}}…{{end}}`, between all other parts. */
  #define(): void {
    this.#tokens.skip();
    const { name } = this.#templateName('define clause');
    this.#tokens.expectClose('define clause');
    this.#keep(name, this.#body('define clause'));
    this.#tokens.actionLine = 0;
  }

  /** `{{block "name" pipeline}}…{{end}}`: defined where it is used. */
  #block(): TemplateUse {
    const { name, position } = this.#templateName('block clause');
    const pipeline = this.#pipelines.pipeline('block clause', 'close');
    this.#keep(name, this.#body('block clause'));
    return { type: 'template', position, name, pipeline, definitions: this.#definitions };
  }

  /** `{{template "name"}}`, or with what it is filled with. */
  #use(): TemplateUse {
    const { name, position } = this.#templateName('template clause');
    const isBare = this.#tokens.lookBehindBlanks().type === 'close';
    if (isBare) this.#tokens.skip();
    const pipeline = isBare ? undefined : this.#pipelines.pipeline('template clause', 'close');
    return { type: 'template', position, name, pipeline, definitions: this.#definitions };
  }

  #templateName(context: string): { name: string; position: number } {
    const token = this.#tokens.nextBehindBlanks();
    if (token.type !== 'string') throw this.#tokens.unexpected(token, context);
    return { name: this.#tokens.told(() => unquoteString(token.text)), position: token.position };
  }

  /** A template of its own: it knows no variables of what is around it. */
  #body(context: string): TemplateNode[] {
    const [variables, rangeDepth] = [this.#pipelines.variables, this.#rangeDepth];
    [this.#pipelines.variables, this.#rangeDepth] = [['$'], 0];
    const { nodes, end } = this.#list(false);
    [this.#pipelines.variables, this.#rangeDepth] = [variables, rangeDepth];
    if (end?.word === 'else') throw this.#tokens.error(`unexpected {{else}} in ${context}`);
    return nodes;
  }

  /** An empty one may be replaced. */
  #keep(name: string, nodes: readonly TemplateNode[]): void {
    const isEmpty = (each: readonly TemplateNode[]): boolean => each.every((node) => node.type === 'text' && node.text.trim() === '');
    const before = this.#definitions.get(name);
    if (before === undefined || isEmpty(before)) this.#definitions.set(name, nodes);
    else if (!isEmpty(nodes)) throw this.#tokens.error(`template: multiple definition of template ${quoteGo(name)}`);
  }

  /** `{{else}}`, or `{{else if` and `{{else with`, whose second word is left to be read. */
  #else(): ListEnd {
    const token = this.#tokens.lookBehindBlanks();
    if (token.type === 'keyword' && (token.text === 'if' || token.text === 'with')) return { word: 'else', and: token.text };
    this.#tokens.expectClose('else');
    return { word: 'else', and: undefined };
  }

  #branch(type: Branch['type']): Branch {
    const known = this.#pipelines.variables.length;
    if (type === 'range') this.#rangeDepth++;
    const pipeline = this.#pipelines.pipeline(type, 'close');
    const { nodes: body, end } = this.#list(false);
    if (type === 'range') this.#rangeDepth--;
    const otherwise = end?.word === 'else' ? this.#otherwise(type, end.and) : undefined;
    this.#pipelines.variables.length = known;
    return { type, position: pipeline.position, pipeline, body, otherwise };
  }

  #otherwise(type: Branch['type'], and: 'if' | 'with' | undefined): TemplateNode[] {
    if (and !== undefined) {
      // One {{end}} closes both.
      if (type !== and) throw this.#tokens.unexpected(this.#tokens.look(), 'input');
      this.#tokens.skip();
      return [this.#branch(and)];
    }
    const { nodes, end } = this.#list(false);
    if (end?.word === 'else') throw this.#tokens.error('expected end; found {{else}}');
    return nodes;
  }
}
