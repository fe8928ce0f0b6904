/** `tsrun doctor`: say what is wrong, and with --fix mend it. */
import { runDoctor, type Finding } from '../../engine/doctor/doctor.ts';
import { createEngine } from '../../engine/engine.ts';
import type { Command } from '../command.ts';
import { writeOut, writeShown } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Look whether anything is wrong with what tsrun keeps',
  flags: [{ name: 'fix', help: 'Mend what is wrong' }],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    // Nothing is given back first, as other commands do: it is what is looked for.
    const engine = createEngine(options);
    const fix = flags.flag('fix');
    let found = 0;
    const left = await runDoctor(engine, fix, (finding) => {
      found++;
      writeShown(`${findingText(finding)}\n`);
    });
    writeOut(closingText(found, left, fix));
    return left === 0 ? 0 : 1;
  },
};

function findingText({ what, remedy, state, error }: Finding): string {
  switch (state) {
    case 'open':
      return what;
    case 'hopeless':
      return `${what}\n  ${remedy}`;
    case 'mended':
      return `${what}\n  mended: ${remedy}`;
    case 'failed':
      return `${what}\n  not mended: ${error?.message ?? 'for a reason unknown'}`;
  }
}

function closingText(found: number, left: number, fix: boolean): string {
  if (found === 0) return 'Nothing is wrong.\n';
  const problems = (count: number): string => `${count} ${count === 1 ? 'problem' : 'problems'}`;
  if (!fix) return `\n${problems(found)} found; tsrun doctor --fix mends what can be mended\n`;
  return `\n${problems(found)} found, ${left === 0 ? 'all mended' : `${left} left`}\n`;
}
