/** `--format` of an inspection: a template over what JSON would show. */
import { TsrunError } from '../../model/errors.ts';
import { evaluate } from './evaluator.ts';
import { typed, untyped, type TypeHints } from './json.ts';
import { parseTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { GoNil } from './values.ts';

/** The exit code that Docker's client has for a template that can't be parsed. */
const CANNOT_PARSE = 64;

/** The fields that Docker's types have as maps, and what an index gives for a key that isn't there. */
const HINTS: TypeHints = {
  maps: {
    Annotations: '',
    Data: '',
    DriverOpts: '',
    ExposedPorts: new GoNil('pointer'),
    Labels: '',
    Networks: new GoNil('pointer'),
    Options: '',
    PortBindings: new GoNil('list'),
    Ports: new GoNil('list'),
    StorageOpt: '',
    Sysctls: '',
    Tmpfs: '',
    Volumes: new GoNil('pointer'),
  },
  keyTypes: { ExposedPorts: 'nat.Port', PortBindings: 'nat.Port', Ports: 'nat.Port' },
  pointers: new Set(['Health', 'IPAMConfig', 'Init', 'MemorySwappiness', 'OomKillDisable', 'PidsLimit', 'UsageData']),
};

/**
 * A template, read once, to be filled with one inspection after the other. As Docker's client does it: first with the types
 * it knows, then, where a field isn't there, with JSON as it is.
 * @throws TsrunError INVALID_ARGUMENT when it can't be parsed (exit 64), and, of the result, when it can't be filled in
 */
export function inspectionTemplate(text: string): (data: Record<string, unknown>) => string {
  const nodes = parsed(text);
  return (data) => {
    try {
      return evaluate(text, nodes, typed(data, HINTS));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return fillUntyped(() => evaluate(text, nodes, untyped(data)));
    }
  };
}

function parsed(text: string): ReturnType<typeof parseTemplate> {
  try {
    return parseTemplate(text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TsrunError('INVALID_ARGUMENT', `template parsing error: ${error.message}`, { exitCode: CANNOT_PARSE, cause: error });
  }
}

function fillUntyped(fill: () => string): string {
  try {
    return fill();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TsrunError('INVALID_ARGUMENT', `template parsing error: ${error.message}`, { exitCode: 1, cause: error });
  }
}
