/** Fill a parsed template with data. Source of the rules and of the errors' words: Go's text/template, exec.go. */
import { Execution, type ExecutionOptions } from './execution.ts';
import { Expressions } from './expressions.ts';
import { pairsOf } from './lists.ts';
import { templateUseText, type Branch, type TemplateNode, type TemplateUse } from './nodes.ts';
import { goText } from './print.ts';
import { quoteGo } from './quote.ts';
import { isTrue, type GoValue } from './values.ts';

/** Templates within templates: Go goes a hundred times deeper; what goes as deep as this has no end. */
const DEEPEST = 1000;

/** How a list of parts was left. */
type Flow = 'next' | 'break' | 'continue';

/**
 * The text of `nodes` filled with `data`.
 * @param text the template: errors say where in it
 * @throws TemplateError in Go's words: `template: :1:2: executing "" at <.X>: can't evaluate field X in type …`
 */
export function evaluate(text: string, nodes: readonly TemplateNode[], data: GoValue, options: ExecutionOptions = {}): string {
  return new Evaluator(new Execution(text, data, options)).run(nodes);
}

class Evaluator {
  readonly #execution: Execution;
  readonly #expressions: Expressions;
  #depth = 0;
  #output = '';

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#expressions = new Expressions(execution);
  }

  run(nodes: readonly TemplateNode[]): string {
    this.#walk(nodes, this.#execution.root);
    return this.#output;
  }

  #walk(nodes: readonly TemplateNode[], dot: GoValue): Flow {
    for (const node of nodes) {
      const flow = this.#part(node, dot);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #part(node: TemplateNode, dot: GoValue): Flow {
    switch (node.type) {
      case 'text':
        this.#output += node.text;
        return 'next';
      case 'action': {
        const value = this.#expressions.pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.#output += value === null ? '<no value>' : goText(value);
        return 'next';
      }
      case 'break':
      case 'continue':
        return node.type;
      case 'template':
        this.#use(node, dot);
        return 'next';
      case 'range':
        this.#range(node, dot);
        return 'next';
      default:
        return this.#condition(node, dot);
    }
  }

  /** Another template: it sees no variables of this one. */
  #use(node: TemplateUse, dot: GoValue): void {
    this.#execution.at(node.position, () => templateUseText(node));
    const body = node.definitions.get(node.name);
    if (body === undefined) this.#execution.fail(`template ${quoteGo(node.name)} not defined`);
    if (this.#depth === DEEPEST) this.#execution.fail(`exceeded maximum template depth (${DEEPEST})`);
    const value = node.pipeline === undefined ? null : this.#expressions.pipeline(node.pipeline, dot);
    this.#depth++;
    this.#execution.within(node.name, value, () => this.#walk(body, value));
    this.#depth--;
  }

  /** `if` and `with`: variables that they declare end with them. */
  #condition(node: Branch, dot: GoValue): Flow {
    const known = this.#execution.mark();
    const value = this.#expressions.pipeline(node.pipeline, dot);
    const holds = isTrue(value);
    const flow = holds ? this.#walk(node.body, node.type === 'with' ? value : dot) : this.#walk(node.otherwise ?? [], dot);
    this.#execution.forgetSince(known);
    return flow;
  }

  #range(node: Branch, dot: GoValue): void {
    const known = this.#execution.mark();
    const value = this.#expressions.pipeline(node.pipeline, dot);
    const pairs = pairsOf(value) ?? this.#execution.fail(`range can't iterate over ${goText(value)}`);
    const { variables, assigns } = node.pipeline;
    for (const [key, each] of pairs) {
      const mark = this.#execution.mark();
      // With one variable, it is the element.
      const values = variables.length === 1 ? [each] : [key, each];
      for (const [index, name] of variables.entries()) {
        const one = values[index] ?? null;
        if (assigns) this.#execution.assign(name, one);
        // The pipeline declared it already: this is its value for one round.
        else this.#execution.redeclare(name, one, known);
      }
      const flow = this.#walk(node.body, each);
      this.#execution.forgetSince(mark);
      if (flow === 'break') break;
    }
    if (pairs.length === 0) this.#walk(node.otherwise ?? [], dot);
    this.#execution.forgetSince(known);
  }
}
