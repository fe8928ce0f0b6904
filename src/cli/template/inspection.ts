/** `--format` of an inspection: a template over what JSON would show. */
import { TsrunError } from '../../model/errors.ts';
import { evaluate } from './evaluator.ts';
import { DOCKER_TYPES } from './docker-types.ts';
import { typed, untyped } from './json.ts';
import { parseTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';
import type { GoValue } from './values.ts';

/** The exit code that Docker's client has for a template that can't be parsed. */
const CANNOT_PARSE = 64;

/**
 * A template, read once, to be filled with one inspection after the other. As Docker's client does it: first with the types
 * it knows, then, where a field isn't there, with JSON as it is.
 * @throws TsrunError INVALID_ARGUMENT when it can't be parsed (exit 64), and, of the result, when it can't be filled in
 */
export function inspectionTemplate(text: string): (data: Record<string, unknown>) => string {
  const nodes = parsed(text, '');
  return (data) => {
    try {
      return evaluate(text, nodes, typed(data, DOCKER_TYPES));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return complaining('template parsing error: ', () => evaluate(text, nodes, untyped(data)));
    }
  };
}

/** How Docker's client calls a template and the types that it is filled with, of commands that tell of the engine itself. */
export interface FactsNames {
  name: string;
  types: Readonly<Record<string, string>>;
}

/**
 * As `inspectionTemplate`, for `version` and `info`: a field that isn't there is an error.
 * @throws TsrunError INVALID_ARGUMENT, as that
 */
export function factsTemplate(text: string, { name, types }: FactsNames): (data: object) => string {
  const fill = valueTemplate(text, name);
  return (data) => fill(typed(data, { ...DOCKER_TYPES, types }));
}

/** As `factsTemplate`, of a value that is one already. @throws TsrunError INVALID_ARGUMENT, as that */
export function valueTemplate(text: string, name = ''): (value: GoValue) => string {
  const nodes = parsed(text, name);
  return (value) => complaining('', () => evaluate(text, nodes, value, { name }));
}

/**
 * As `inspectionTemplate`, for `events`: Docker's client tries it on an event in which nothing is, before it waits for one.
 * @throws TsrunError INVALID_ARGUMENT when it can't be parsed, or names what events don't have (exit 64)
 */
export function eventTemplate(text: string, empty: object): (event: object) => string {
  const prefix = 'Error parsing format: ';
  const nodes = complaining(prefix, () => parseTemplate(text, ''), CANNOT_PARSE);
  const types = { '': '*events.Message', Actor: 'events.Actor' };
  const fill = (event: object): string => evaluate(text, nodes, typed(event, { ...DOCKER_TYPES, types }));
  complaining(prefix, () => fill(empty), CANNOT_PARSE);
  return (event) => complaining('', () => fill(event));
}

function parsed(text: string, name: string): ReturnType<typeof parseTemplate> {
  return complaining('template parsing error: ', () => parseTemplate(text, name), CANNOT_PARSE);
}

function complaining<Result>(prefix: string, work: () => Result, exitCode = 1): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TsrunError('INVALID_ARGUMENT', prefix + error.message, { exitCode, cause: error });
  }
}
