/** Fill a parsed template with data. Source of the rules and of the errors' words: Go's text/template, exec.go. */
import { functions, textOf, type GoFunction, type Parameter } from './functions.ts';
import { pairsOf } from './lists.ts';
import { EXPECTED, isOf, nameOfType } from './parameters.ts';
import {
  commandText,
  operandText,
  pipelineText,
  templateUseText,
  type Branch,
  type CommandNode,
  type Operand,
  type Pipeline,
  type TemplateNode,
  type TemplateUse,
} from './nodes.ts';
import { goText } from './print.ts';
import { quoteGo } from './quote.ts';
import { TemplateError } from './template-error.ts';
import { GoFloat, GoMap, GoNil, GoStruct, isTrue, typeOf, type GoValue } from './values.ts';

/** No value was piped in: something else than nil. */
const MISSING = Symbol('missing');
type Final = GoValue | typeof MISSING;

/** Templates within templates: Go goes a hundred times deeper; what goes as deep as this has no end. */
const DEEPEST = 1000;

/** How a list of parts was left. */
type Flow = 'next' | 'break' | 'continue';

export interface EvaluateOptions {
  /** What errors call the template. */
  name?: string;
  /** Functions in the place of the usual ones: a table's header isn't changed by `upper`. */
  functions?: Readonly<Record<string, GoFunction>>;
}

/**
 * The text of `nodes` filled with `data`.
 * @param text the template: errors say where in it
 * @throws TemplateError in Go's words: `template: :1:2: executing "" at <.X>: can't evaluate field X in type …`
 */
export function evaluate(text: string, nodes: readonly TemplateNode[], data: GoValue, options: EvaluateOptions = {}): string {
  return new Evaluator(text, data, options).run(nodes);
}

class Evaluator {
  readonly #text: string;
  readonly #name: string;
  readonly #root: GoValue;
  /** JSON as it is: nothing is known of its types. */
  readonly #isUntyped: boolean;
  readonly #functions: Readonly<Record<string, GoFunction>>;
  #variables: { name: string; value: GoValue }[];
  /** Which template is being filled, of those with a name. */
  #executing: string;
  #depth = 0;
  #output = '';
  /** What is being evaluated, for errors. */
  #where: { position: number; words: () => string } = { position: 0, words: () => '' };

  constructor(text: string, root: GoValue, { name = '', functions: own = {} }: EvaluateOptions) {
    this.#text = text;
    this.#name = name;
    this.#executing = name;
    this.#root = root;
    this.#isUntyped = root instanceof GoMap && root.strict;
    this.#functions = own;
    this.#variables = [{ name: '$', value: root }];
  }

  run(nodes: readonly TemplateNode[]): string {
    this.#walk(nodes, this.#root);
    return this.#output;
  }

  #fail(message: string): never {
    const before = this.#text.slice(0, this.#where.position);
    const newline = before.lastIndexOf('\n');
    const place = `${before.split('\n').length}:${Buffer.byteLength(before.slice(newline + 1))}`;
    throw new TemplateError(
      `template: ${this.#name}:${place}: executing ${quoteGo(this.#executing)} at <${this.#where.words()}>: ${message}`,
    );
  }

  #at(position: number, words: () => string): void {
    this.#where = { position, words };
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
        const value = this.#pipeline(node.pipeline, dot);
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
    this.#at(node.position, () => templateUseText(node));
    const body = node.definitions.get(node.name);
    if (body === undefined) this.#fail(`template ${quoteGo(node.name)} not defined`);
    if (this.#depth === DEEPEST) this.#fail(`exceeded maximum template depth (${DEEPEST})`);
    const value = node.pipeline === undefined ? null : this.#pipeline(node.pipeline, dot);
    const [outer, variables] = [this.#executing, this.#variables];
    [this.#executing, this.#variables] = [node.name, [{ name: '$', value }]];
    this.#depth++;
    this.#walk(body, value);
    this.#depth--;
    [this.#executing, this.#variables] = [outer, variables];
  }

  /** `if` and `with`: variables that they declare end with them. */
  #condition(node: Branch, dot: GoValue): Flow {
    const known = this.#variables.length;
    const value = this.#pipeline(node.pipeline, dot);
    const holds = isTrue(value);
    const flow = holds ? this.#walk(node.body, node.type === 'with' ? value : dot) : this.#walk(node.otherwise ?? [], dot);
    this.#variables.length = known;
    return flow;
  }

  #range(node: Branch, dot: GoValue): void {
    const known = this.#variables.length;
    const value = this.#pipeline(node.pipeline, dot);
    const pairs = pairsOf(value) ?? this.#fail(`range can't iterate over ${goText(value)}`);
    const { variables, assigns } = node.pipeline;
    for (const [key, each] of pairs) {
      const mark = this.#variables.length;
      // With one variable, it is the element.
      const [first, second] = variables;
      const given: [string | undefined, GoValue][] =
        second === undefined
          ? [[first, each]]
          : [
              [first, key],
              [second, each],
            ];
      for (const [name, value] of given) {
        if (name === undefined) continue;
        if (assigns) this.#assign(name, value);
        else this.#setDeclared(name, value, known);
      }
      const flow = this.#walk(node.body, each);
      this.#variables.length = mark;
      if (flow === 'break') break;
    }
    if (pairs.length === 0) this.#walk(node.otherwise ?? [], dot);
    this.#variables.length = known;
  }

  /** The pipeline declared it already: this is its value for one round. */
  #setDeclared(name: string, value: GoValue, from: number): void {
    const found = this.#variables.findLast((each, index) => index >= from && each.name === name);
    if (found !== undefined) found.value = value;
  }

  #assign(name: string, value: GoValue): void {
    const found = this.#variables.findLast((each) => each.name === name);
    if (found === undefined) this.#fail(`undefined variable: ${name}`);
    found.value = value;
  }

  #pipeline(pipeline: Pipeline, dot: GoValue): GoValue {
    this.#at(pipeline.position, () => pipelineText(pipeline));
    let value: Final = MISSING;
    for (const command of pipeline.commands) value = this.#command(command, dot, value);
    const result = value === MISSING ? null : value;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.#assign(name, result);
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  #command(command: CommandNode, dot: GoValue, final: Final): GoValue {
    const [first, ...rest] = command.operands;
    if (first === undefined) return null;
    switch (first.type) {
      case 'field':
      case 'variable':
      case 'chain':
        return this.#called(first, rest, dot, final);
      case 'function':
        return this.#called(first, rest, dot, final, () => this.#at(command.position, () => commandText(command)));
      case 'pipeline':
        this.#refuseArguments(first, rest, final);
        return this.#pipeline(first.pipeline, dot);
      default:
        this.#at(first.position, () => operandText(first));
        this.#refuseArguments(first, rest, final);
        if (first.type === 'nil') this.#fail('nil is not a command');
        return this.#literal(first, dot);
    }
  }

  #refuseArguments(first: Operand, rest: readonly Operand[], final: Final): void {
    if (rest.length > 0 || final !== MISSING) this.#fail(`can't give argument to non-function ${operandText(first)}`);
  }

  #literal(operand: Operand, dot: GoValue): GoValue {
    switch (operand.type) {
      case 'dot':
        return dot;
      case 'number':
        return operand.float ? new GoFloat(operand.value) : operand.value;
      case 'string':
      case 'boolean':
        return operand.value;
      default:
        return null;
    }
  }

  /** What may take arguments: a field (if it is a method), a function. */
  #called(
    operand: Extract<Operand, { type: 'field' | 'variable' | 'chain' | 'function' }>,
    rest: readonly Operand[],
    dot: GoValue,
    final: Final,
    atCall: () => void = () => this.#at(operand.position, () => operandText(operand)),
  ): GoValue {
    this.#at(operand.position, () => operandText(operand));
    switch (operand.type) {
      case 'function':
        return this.#function(operand, rest, dot, final, atCall);
      case 'field':
        return this.#fields(operand, dot, operand.names, rest, dot, final);
      case 'variable': {
        const value = this.#variables.findLast((each) => each.name === operand.name)?.value ?? null;
        if (operand.names.length > 0) return this.#fields(operand, value, operand.names, rest, dot, final);
        this.#refuseArguments(operand, rest, final);
        return value;
      }
      case 'chain': {
        if (operand.of.type === 'nil') this.#fail(`indirection through explicit nil in ${operandText(operand)}`);
        const value = this.#argument(operand.of, 'any', dot);
        return this.#fields(operand, value, operand.names, rest, dot, final, operand.of.type === 'pipeline');
      }
    }
  }

  /** @param knowsType what a pipeline gave has lost its `interface {}` */
  #fields(
    node: Operand,
    start: GoValue,
    names: readonly string[],
    rest: readonly Operand[],
    dot: GoValue,
    final: Final,
    knowsType = false,
  ): GoValue {
    let value = start;
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      // Of data without types, all but the whole is an `interface {}` to Go.
      const isUnknown = this.#isUntyped && value !== this.#root && !(knowsType && index === 0);
      const type = isUnknown ? 'interface {}' : typeOf(value);
      value = isLast ? this.#field(node, value, type, name, rest, dot, final) : this.#field(node, value, type, name, [], dot, MISSING);
    }
    return value;
  }

  #field(node: Operand, receiver: GoValue, type: string, name: string, rest: readonly Operand[], dot: GoValue, final: Final): GoValue {
    if (receiver === null) {
      if (this.#isUntyped) return this.#fail(`nil pointer evaluating interface {}.${name}`);
      return null;
    }
    const hasArguments = rest.length > 0 || final !== MISSING;
    if (receiver instanceof GoStruct) {
      const method = Object.hasOwn(receiver.methods, name) ? receiver.methods[name] : undefined;
      if (method !== undefined) {
        const call: GoFunction = { parameters: ['string'], call: ([argument]) => method(textOf(argument)) };
        return this.#call(call, name, rest, dot, final, () => this.#at(node.position, () => operandText(node)));
      }
      if (receiver.has(name)) {
        if (hasArguments) this.#fail(`${name} has arguments but cannot be invoked as function`);
        return receiver.field(name);
      }
    }
    if (receiver instanceof GoMap) {
      if (hasArguments) this.#fail(`${name} is not a method but has arguments`);
      const found = receiver.entries.get(name);
      if (found === undefined && receiver.strict) this.#fail(`map has no entry for key ${quoteGo(name)}`);
      return found ?? null;
    }
    if (receiver instanceof GoNil && receiver.kind === 'map') return null;
    if (receiver instanceof GoNil && receiver.kind === 'pointer') this.#fail(`nil pointer evaluating ${type}.${name}`);
    return this.#fail(`can't evaluate field ${name} in type ${type}`);
  }

  #function(
    node: Extract<Operand, { type: 'function' }>,
    rest: readonly Operand[],
    dot: GoValue,
    final: Final,
    atCall: () => void,
  ): GoValue {
    const { name } = node;
    const known = Object.hasOwn(this.#functions, name) ? this.#functions[name] : functions[name];
    if (known === undefined) return this.#fail(`${quoteGo(name)} is not a defined function`);
    return this.#call(known, name, rest, dot, final, atCall);
  }

  /** @param atCall says what is evaluated once the arguments were */
  #call(called: GoFunction, name: string, rest: readonly Operand[], dot: GoValue, final: Final, atCall: () => void): GoValue {
    const { parameters, variadic } = called;
    const given = rest.length + (final === MISSING ? 0 : 1);
    const least = variadic ? parameters.length - 1 : parameters.length;
    if (variadic && given < least) this.#fail(`wrong number of args for ${name}: want at least ${least} got ${rest.length}`);
    if (!variadic && given !== least) this.#fail(`wrong number of args for ${name}: want ${least} got ${given}`);
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, rest, dot, final);
    const parameter = (index: number): Parameter => parameters[Math.min(index, parameters.length - 1)] ?? 'any';
    const values = rest.map((operand, index) => this.#argument(operand, parameter(index), dot));
    if (final !== MISSING) values.push(this.#checked(final, parameter(rest.length)));
    try {
      return called.call(values);
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      atCall();
      return this.#fail(`error calling ${name}: ${(error as Error).message}`);
    }
  }

  /** The first that decides; those after it aren't evaluated. */
  #shortCircuit(name: 'and' | 'or', rest: readonly Operand[], dot: GoValue, final: Final): GoValue {
    let value: GoValue = null;
    for (const operand of rest) {
      value = this.#argument(operand, 'any', dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final === MISSING ? value : final;
  }

  #argument(operand: Operand, parameter: Parameter, dot: GoValue): GoValue {
    this.#at(operand.position, () => operandText(operand));
    switch (operand.type) {
      case 'dot':
        return this.#checked(dot, parameter);
      case 'nil':
        if (parameter === 'string' || parameter === 'int') this.#fail(`cannot assign nil to ${parameter}`);
        return null;
      case 'pipeline':
        return this.#checked(this.#pipeline(operand.pipeline, dot), parameter);
      case 'field':
      case 'variable':
      case 'chain':
      case 'function':
        return this.#checked(this.#called(operand, [], dot, MISSING), parameter);
      default: {
        const value = this.#literal(operand, dot);
        if (isOf(value, parameter, this.#isUntyped)) return value;
        if (parameter === '[]string') this.#fail(`can't handle ${operandText(operand)} for arg of type []string`);
        return this.#fail(`expected ${EXPECTED[parameter]}; found ${operandText(operand)}`);
      }
    }
  }

  #checked(value: GoValue, parameter: Parameter): GoValue {
    if (isOf(value, parameter, this.#isUntyped)) return value;
    if (value === null) this.#fail(`invalid value; expected ${parameter}`);
    return this.#fail(`wrong type for value; expected ${parameter}; got ${nameOfType(value, this.#isUntyped)}`);
  }
}
