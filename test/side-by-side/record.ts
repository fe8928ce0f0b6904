/**
 * Writing transcripts from what was printed: `RECORD=1 ava test/side-by-side --match='images*'` plays cases and puts both
 * engines' outputs into their files, to be read before they are committed. A new difference gets the reason that explains it
 * by a rule, else `unexplained`, which no test accepts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ruleFor } from './reasons.ts';
import { type Case, type EngineName, formatStep, type Output, parseTranscript, sameOutput, type Step } from './transcript.ts';

/** By file and title of the case. */
const played = new Map<string, Map<string, Partial<Record<EngineName, readonly Output[]>>>>();

/** Keep what one engine printed. */
export function keep(file: string, title: string, engine: EngineName, outputs: readonly Output[]): void {
  const cases = played.get(file) ?? new Map<string, Partial<Record<EngineName, readonly Output[]>>>();
  played.set(file, cases.set(title, { ...cases.get(title), [engine]: outputs }));
}

/** Write the files of all cases that were played; what an engine didn't play stays. */
export function writePlayed(): void {
  for (const [file, cases] of played) {
    const text = readFileSync(file, 'utf8');
    const updated = parseTranscript(text, 'unchecked').map((each) => withOutputs(each, cases.get(each.title)));
    writeFileSync(file, replaceSteps(text, updated));
  }
}

function withOutputs(each: Case, outputs: Partial<Record<EngineName, readonly Output[]>> = {}): Case {
  const steps = each.steps.map((step, index): Step => {
    const expected = { docker: outputs.docker?.[index] ?? step.expected.docker, tsrun: outputs.tsrun?.[index] ?? step.expected.tsrun };
    return {
      ...step,
      expected,
      differs: sameOutput(expected.docker, expected.tsrun) ? undefined : (ruleFor(expected) ?? step.differs ?? 'unexplained'),
    };
  });
  return { ...each, steps };
}

/** The text with other steps in its blocks; what stands around them stays. */
function replaceSteps(text: string, cases: readonly Case[]): string {
  const steps = cases.flatMap((each) => each.steps);
  return text.replaceAll(/(?<=^```console\n)[^]*?(?=^```$)/gm, (block) =>
    block
      .split('\n')
      .filter((line) => line.startsWith('$ '))
      .map(() => formatStep(steps.shift() as Step))
      .join(''),
  );
}
