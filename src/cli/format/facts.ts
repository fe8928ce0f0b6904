/** `--format` of commands that tell of the engine itself: `version` and `info`. */
import { isTsrunError } from '../../model/errors.ts';
import { writeOut } from '../output.ts';
import type { FactsNames } from '../template/inspection.ts';

/**
 * What fills `--format`; undefined: there is none.
 * @throws TsrunError INVALID_ARGUMENT for a template that can't be parsed, and, of the result, for one that can't be filled in
 */
export async function fillFacts(format: string | undefined, names: FactsNames): Promise<((facts: object) => string) | undefined> {
  if (format === undefined) return undefined;
  const { factsTemplate } = await import('../template/inspection.ts');
  const fill = factsTemplate(format === 'json' ? '{{json .}}' : format, names);
  return (facts) => {
    try {
      return `${fill(facts)}\n`;
    } catch (error) {
      // As Docker's client: the line ends, whatever came of it.
      if (isTsrunError(error)) writeOut('\n');
      throw error;
    }
  };
}
