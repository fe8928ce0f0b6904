import test from 'ava';
import fc from 'fast-check';
import { formatStep, parseTranscript, sameOutput, type Output, type Step } from './transcript.ts';

const inCase = (steps: string): string => `# Topic\n\n## Case\n\nImages: busybox nginx\n\n\`\`\`console\n${steps}\`\`\`\n`;

test('commands, what they print, and their exit codes', (t) => {
  const [first] = parseTranscript(
    inCase("$ docker run busybox sh -c '\n> exit 3'\nout\n[stderr] err\n[exit 3]\n$ true\n").replace(
      'nginx\n',
      'nginx\nRegistry: 127.0.0.1:5000\nCgroups: v1\n',
    ),
  );
  t.deepEqual([first?.title, first?.images, first?.registry, first?.cgroupV1], ['Case', ['busybox', 'nginx'], true, true]);
  const output = { stdout: 'out\n', stderr: 'err\n', code: 3 };
  const nothing = { stdout: '', stderr: '', code: 0 };
  t.deepEqual(first?.steps, [
    { command: "docker run busybox sh -c '\nexit 3'", differs: undefined, expected: { docker: output, tsrun: output } },
    { command: 'true', differs: undefined, expected: { docker: nothing, tsrun: nothing } },
  ]);
});

test('what only one of the two prints, with its reason', (t) => {
  const text = inCase('$ docker\n[differs no-daemon]\nboth\n[docker stderr] one\n[tsrun stderr] other\n[docker exit 1]\n[tsrun exit 2]\n');
  t.deepEqual(parseTranscript(text)[0]?.steps[0]?.expected, {
    docker: { stdout: 'both\n', stderr: 'one\n', code: 1 },
    tsrun: { stdout: 'both\n', stderr: 'other\n', code: 2 },
  });
});

test('a difference without a reason, and a reason without a difference', (t) => {
  t.throws(() => parseTranscript(inCase('$ docker\n[docker exit 1]\n')), { message: /without its reason/ });
  t.throws(() => parseTranscript(inCase('$ docker\n[differs no-daemon]\nboth\n')), { message: /nothing differs/ });
});

test('what can not be read is named by its line', (t) => {
  t.throws(() => parseTranscript(inCase('output\n')), { message: /^line 8: output before the first command: output$/ });
  t.throws(() => parseTranscript('```console\n$ true\n```\n'), { message: /^line 2/ });
  t.throws(() => parseTranscript('## Case\n```console\n$ true\n'), { message: /no end/ });
  t.throws(() => parseTranscript('## Case\n```\n$ true\n```\n'), { message: /^line 2: a block that is not console/ });
});

test('any output comes back as it was written', (t) => {
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom('$ ', '> ', '[', '[stderr]', '[exit 3]', '```', ' ', '\r', '\n', '[differs x]'),
        fc.string({ maxLength: 4 }),
      ),
    )
    .map((parts) => parts.join('').replaceAll(/[␍␠]/g, ''));
  const output = fc.record<Output>({ stdout: text, stderr: text, code: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(fc.tuple(output, output), { minLength: 1 }), (outputs) => {
      const steps = outputs.map(([docker, tsrun], index): Step => {
        const differs = sameOutput(docker, tsrun) ? undefined : 'some-reason';
        return { command: `docker ${index}\necho`, differs, expected: { docker, tsrun } };
      });
      t.deepEqual(parseTranscript(inCase(steps.map((step) => formatStep(step)).join('')))[0]?.steps, steps);
    }),
  );
});
