/** Every template beside what docker's client 20.10 made of it (docker-answers.json, by record-docker.ts). */
import test from 'ava';
import { evaluate } from '../../../src/cli/template/evaluator.ts';
import { inspectionTemplate } from '../../../src/cli/template/inspection.ts';
import { untyped } from '../../../src/cli/template/json.ts';
import { parseTemplate } from '../../../src/cli/template/parser.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { INSPECTED, LATER, TEMPLATES, UNTYPED } from './cases.ts';
import answers from './docker-answers.json' with { type: 'json' };
import laterAnswers from './later-answers.json' with { type: 'json' };

interface Answer {
  stdout: string;
  stderr: string;
  code: number;
}

/** What our command would print, and its exit code. */
function answer(fill: () => string): Answer {
  try {
    return { stdout: `${fill()}\n`, stderr: '', code: 0 };
  } catch (error) {
    const code = (isTsrunError(error) ? error.exitCode : undefined) ?? 1;
    // Where nothing could be filled in, Docker's client prints an empty line.
    return { stdout: code === 1 ? '\n' : '', stderr: `${(error as Error).message}\n`, code };
  }
}

const recorded = new Map([...answers, ...laterAnswers].map(({ template, ...rest }): [string, Answer] => [template, rest]));

for (const template of [...TEMPLATES, ...LATER]) {
  test(`template ${JSON.stringify(template)}`, (t) =>
    t.deepEqual(
      answer(() => inspectionTemplate(template)(INSPECTED)),
      recorded.get(template),
    ));
}

for (const template of UNTYPED) {
  test(`template of JSON without types ${JSON.stringify(template)}`, (t) => {
    const ours = answer(() => evaluate(template, parseTemplate(template), untyped(INSPECTED)));
    if (ours.stderr !== '') ours.stderr = `template parsing error: ${ours.stderr}`;
    t.deepEqual(ours, recorded.get(template));
  });
}
