/** The transcripts themselves: they can be read, and every difference has its reason. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { documentedReasons, explains } from './reasons.ts';
import { formatStep, parseTranscript } from './transcript.ts';

const steps = globSync(join(import.meta.dirname, 'cases/*.md')).flatMap((file) =>
  parseTranscript(readFileSync(file, 'utf8')).flatMap((each) => each.steps),
);

test('every difference has a reason that README.md gives, and keeps to its rule', (t) => {
  const reasons = documentedReasons();
  for (const step of steps) {
    if (step.differs === undefined) continue;
    t.true(reasons.includes(step.differs), `${step.differs}: $ ${step.command}`);
    t.true(explains(step.differs, step.expected), formatStep(step));
  }
});

test('every reason that README.md gives is used', (t) => {
  const used = new Set(steps.map((step) => step.differs));
  t.deepEqual(
    documentedReasons().filter((reason) => !used.has(reason)),
    [],
  );
});
