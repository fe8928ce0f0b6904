/** The parts of a parsed template, and how each is written: errors quote the part that failed. */

import { quoteGo } from './quote.ts';

/** Something a value comes from. `position` is where in the template's text it stands, for errors. */
export type Operand =
  | { type: 'dot'; position: number }
  | { type: 'nil'; position: number }
  | { type: 'boolean'; position: number; value: boolean }
  | { type: 'string'; position: number; value: string; text: string }
  | { type: 'number'; position: number; value: number; float: boolean; text: string }
  /** `.A.B` */
  | { type: 'field'; position: number; names: string[] }
  /** `$`, `$x.A` : `name` with its dollar. */
  | { type: 'variable'; position: number; name: string; names: string[] }
  /** `(…).A` */
  | { type: 'chain'; position: number; of: Operand; names: string[] }
  | { type: 'function'; position: number; name: string }
  /** `(…)` */
  | { type: 'pipeline'; position: number; pipeline: Pipeline };

/** Words beside each other: the first one is called with the rest. */
export interface CommandNode {
  position: number;
  operands: Operand[];
}

/** `$a, $b := command | command`. */
export interface Pipeline {
  position: number;
  variables: string[];
  /** `=` instead of `:=`. */
  assigns: boolean;
  commands: CommandNode[];
}

export interface Branch {
  type: 'if' | 'range' | 'with';
  position: number;
  pipeline: Pipeline;
  body: TemplateNode[];
  otherwise: TemplateNode[] | undefined;
}

/** Templates with a name, of `define` and `block`: one may be used before it is defined. */
export type Definitions = ReadonlyMap<string, readonly TemplateNode[]>;

/** `{{template "name" pipeline}}` */
export interface TemplateUse {
  type: 'template';
  position: number;
  name: string;
  pipeline: Pipeline | undefined;
  definitions: Definitions;
}

export type TemplateNode =
  | { type: 'text'; text: string }
  | { type: 'action'; position: number; pipeline: Pipeline }
  | { type: 'break' | 'continue'; position: number }
  | TemplateUse
  | Branch;

/** As it is written. */
export function operandText(node: Operand): string {
  switch (node.type) {
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'boolean':
      return String(node.value);
    case 'string':
    case 'number':
      return node.text;
    case 'field':
      return fieldText(node.names);
    case 'variable':
      return node.name + fieldText(node.names);
    case 'chain':
      return operandText(node.of) + fieldText(node.names);
    case 'function':
      return node.name;
    case 'pipeline':
      return `(${pipelineText(node.pipeline)})`;
  }
}

const fieldText = (names: readonly string[]): string => names.map((name) => `.${name}`).join('');

export const commandText = ({ operands }: CommandNode): string => operands.map((operand) => operandText(operand)).join(' ');

export function pipelineText({ variables, assigns, commands }: Pipeline): string {
  const declared = variables.length === 0 ? '' : `${variables.join(', ')} ${assigns ? '=' : ':='} `;
  return declared + commands.map((command) => commandText(command)).join(' | ');
}

export const templateUseText = ({ name, pipeline }: TemplateUse): string =>
  `{{template ${quoteGo(name)}${pipeline === undefined ? '' : ` ${pipelineText(pipeline)}`}}}`;
