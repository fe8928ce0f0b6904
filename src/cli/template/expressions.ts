/** The value of a pipeline in a template: fields, variables, literals and calls. Source of the rules and words: Go's text/template, exec.go. */
import { durationMethod } from './durations.ts';
import type { Execution } from './execution.ts';
import { functions, textOf, type GoFunction, type Parameter } from './functions.ts';
import { commandText, operandText, pipelineText, type CommandNode, type Operand, type Pipeline } from './nodes.ts';
import { EXPECTED, isOf, nameOfType } from './parameters.ts';
import { quoteGo } from './quote.ts';
import { TemplateError } from './template-error.ts';
import { GoDuration, GoFloat, GoMap, GoNil, GoStruct, isTrue, typeOf, type GoValue } from './values.ts';

/** No value was piped in: something else than nil. */
const MISSING = Symbol('missing');
type Final = GoValue | typeof MISSING;

export class Expressions {
  readonly #execution: Execution;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** @throws TemplateError */
  pipeline(pipeline: Pipeline, dot: GoValue): GoValue {
    this.#execution.at(pipeline.position, () => pipelineText(pipeline));
    let value: Final = MISSING;
    for (const command of pipeline.commands) value = this.#command(command, dot, value);
    const result = value === MISSING ? null : value;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.#execution.assign(name, result);
      else this.#execution.declare(name, result);
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
        return this.#called(first, rest, dot, final, () => this.#execution.at(command.position, () => commandText(command)));
      case 'pipeline':
        this.#refuseArguments(first, rest, final);
        return this.pipeline(first.pipeline, dot);
      default:
        this.#execution.at(first.position, () => operandText(first));
        this.#refuseArguments(first, rest, final);
        if (first.type === 'nil') this.#execution.fail('nil is not a command');
        return this.#literal(first, dot);
    }
  }

  #refuseArguments(first: Operand, rest: readonly Operand[], final: Final): void {
    if (rest.length > 0 || final !== MISSING) this.#execution.fail(`can't give argument to non-function ${operandText(first)}`);
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
    atCall: () => void = () => this.#execution.at(operand.position, () => operandText(operand)),
  ): GoValue {
    this.#execution.at(operand.position, () => operandText(operand));
    switch (operand.type) {
      case 'function':
        return this.#function(operand, rest, dot, final, atCall);
      case 'field':
        return this.#fields(operand, dot, operand.names, rest, dot, final);
      case 'variable': {
        const value = this.#execution.variable(operand.name);
        if (operand.names.length > 0) return this.#fields(operand, value, operand.names, rest, dot, final);
        this.#refuseArguments(operand, rest, final);
        return value;
      }
      case 'chain': {
        if (operand.of.type === 'nil') this.#execution.fail(`indirection through explicit nil in ${operandText(operand)}`);
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
      const isUnknown = this.#execution.isUntyped && value !== this.#execution.root && !(knowsType && index === 0);
      const type = isUnknown ? 'interface {}' : typeOf(value);
      value = isLast ? this.#field(node, value, type, name, rest, dot, final) : this.#field(node, value, type, name, [], dot, MISSING);
    }
    return value;
  }

  #field(node: Operand, receiver: GoValue, type: string, name: string, rest: readonly Operand[], dot: GoValue, final: Final): GoValue {
    if (receiver === null) {
      if (this.#execution.isUntyped) return this.#execution.fail(`nil pointer evaluating interface {}.${name}`);
      return null;
    }
    const hasArguments = rest.length > 0 || final !== MISSING;
    if (receiver instanceof GoStruct) {
      const method = Object.hasOwn(receiver.methods, name) ? receiver.methods[name] : undefined;
      if (method !== undefined) {
        const call: GoFunction = { parameters: ['string'], call: ([argument]) => method(textOf(argument)) };
        return this.#call(call, name, rest, dot, final, () => this.#execution.at(node.position, () => operandText(node)));
      }
      if (receiver.has(name)) {
        if (hasArguments) this.#execution.fail(`${name} has arguments but cannot be invoked as function`);
        return receiver.field(name);
      }
    }
    const ofDuration = receiver instanceof GoDuration ? durationMethod(name) : undefined;
    if (receiver instanceof GoDuration && ofDuration !== undefined) {
      const call: GoFunction = { parameters: [], call: () => ofDuration(receiver.value) };
      return this.#call(call, name, rest, dot, final, () => this.#execution.at(node.position, () => operandText(node)));
    }
    if (receiver instanceof GoMap) {
      if (hasArguments) this.#execution.fail(`${name} is not a method but has arguments`);
      const found = receiver.entries.get(name);
      if (found === undefined && receiver.strict) this.#execution.fail(`map has no entry for key ${quoteGo(name)}`);
      return found ?? null;
    }
    if (receiver instanceof GoNil && receiver.kind === 'map') return null;
    if (receiver instanceof GoNil && receiver.kind === 'pointer') this.#execution.fail(`nil pointer evaluating ${type}.${name}`);
    return this.#execution.fail(`can't evaluate field ${name} in type ${type}`);
  }

  #function(
    node: Extract<Operand, { type: 'function' }>,
    rest: readonly Operand[],
    dot: GoValue,
    final: Final,
    atCall: () => void,
  ): GoValue {
    const { name } = node;
    const known = Object.hasOwn(this.#execution.functions, name) ? this.#execution.functions[name] : functions[name];
    if (known === undefined) return this.#execution.fail(`${quoteGo(name)} is not a defined function`);
    return this.#call(known, name, rest, dot, final, atCall);
  }

  /** @param atCall says what is evaluated once the arguments were */
  #call(called: GoFunction, name: string, rest: readonly Operand[], dot: GoValue, final: Final, atCall: () => void): GoValue {
    const { parameters, variadic } = called;
    const given = rest.length + (final === MISSING ? 0 : 1);
    const least = variadic ? parameters.length - 1 : parameters.length;
    if (variadic && given < least) this.#execution.fail(`wrong number of args for ${name}: want at least ${least} got ${rest.length}`);
    if (!variadic && given !== least) this.#execution.fail(`wrong number of args for ${name}: want ${least} got ${given}`);
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, rest, dot, final);
    const parameter = (index: number): Parameter => parameters[Math.min(index, parameters.length - 1)] ?? 'any';
    const values = rest.map((operand, index) => this.#argument(operand, parameter(index), dot));
    if (final !== MISSING) values.push(this.#checked(final, parameter(rest.length)));
    try {
      return called.call(values);
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      atCall();
      return this.#execution.fail(`error calling ${name}: ${(error as Error).message}`);
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
    this.#execution.at(operand.position, () => operandText(operand));
    switch (operand.type) {
      case 'dot':
        return this.#checked(dot, parameter);
      case 'nil':
        if (parameter === 'string' || parameter === 'int') this.#execution.fail(`cannot assign nil to ${parameter}`);
        return null;
      case 'pipeline':
        return this.#checked(this.pipeline(operand.pipeline, dot), parameter);
      case 'field':
      case 'variable':
      case 'chain':
      case 'function':
        return this.#checked(this.#called(operand, [], dot, MISSING), parameter);
      default: {
        const value = this.#literal(operand, dot);
        if (isOf(value, parameter, this.#execution.isUntyped)) return value;
        if (parameter === '[]string') this.#execution.fail(`can't handle ${operandText(operand)} for arg of type []string`);
        return this.#execution.fail(`expected ${EXPECTED[parameter]}; found ${operandText(operand)}`);
      }
    }
  }

  #checked(value: GoValue, parameter: Parameter): GoValue {
    if (isOf(value, parameter, this.#execution.isUntyped)) return value;
    if (value === null) this.#execution.fail(`invalid value; expected ${parameter}`);
    return this.#execution.fail(`wrong type for value; expected ${parameter}; got ${nameOfType(value, this.#execution.isUntyped)}`);
  }
}
