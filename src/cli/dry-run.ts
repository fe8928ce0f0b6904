/** `--dry-run`: the steps and calls of a run, in words, without making them. */
import type { PlannedRun } from '../model/run-request.ts';
import { explainPlan, type Explanation } from '../process/explain-plan.ts';

/** The step whose calls the plan holds. */
const EXECUTE = 6;

/** The seven steps with what each would do. */
export function plannedText({ steps, plan }: PlannedRun): string {
  return steps
    .map(({ step, title, calls }) => {
      const lines = calls.map((call) => `  ${call}\n`).join('');
      return `[${step}/7] ${title}\n${lines}${step === EXECUTE ? planText(plan) : ''}`;
    })
    .join('\n');
}

/** What the monitor does, the clone, what the container's process does: a sentence, and the exact call. */
function planText(plan: PlannedRun['plan']): string {
  const { before, clone, child } = explainPlan(plan);
  return [
    section('the monitor, before the container is there', before),
    section('the clone', [clone]),
    section("the container's first process", child),
  ].join('');
}

function section(title: string, lines: readonly Explanation[]): string {
  return `  ${title}:\n${lines.map(({ call, words }, index) => `  ${String(index).padStart(3)}  ${words}\n       ${call}\n`).join('')}`;
}
