import test from 'ava';
import fc from 'fast-check';
import { applyChanges } from '../../../src/image/config-change/apply.ts';
import { expandWord, splitWords } from '../../../src/image/config-change/words.ts';
import { isTsrunError } from '../../../src/model/errors.ts';

test('each instruction changes what Docker’s does', (t) => {
  t.deepEqual(applyChanges({}, ['CMD ["a", "b c"]']), { Cmd: ['a', 'b c'] });
  t.deepEqual(applyChanges({}, ['cmd echo "x" $Y']), { Cmd: ['/bin/sh', '-c', 'echo "x" $Y'] });
  t.deepEqual(applyChanges({ Cmd: ['old'] }, ['ENTRYPOINT x']), { Cmd: null, Entrypoint: ['/bin/sh', '-c', 'x'] });
  t.deepEqual(applyChanges({}, ['CMD ["a"]', 'ENTRYPOINT ["b"]']), { Cmd: ['a'], Entrypoint: ['b'] });
  t.deepEqual(applyChanges({ Env: ['A=1', 'B=2'] }, ['ENV A=$B C="two words" D=it\\ is', "ENV E='$A'"]).Env, ['A=2', 'B=2', 'C=two words', 'D=it is', 'E=$A']); // prettier-ignore
  t.deepEqual(applyChanges({}, ['ENV NAME the rest of the line']).Env, ['NAME=the rest of the line']);
  t.deepEqual(applyChanges({ Labels: { b: '1' } }, ['LABEL a=x "long key"="y z"']).Labels, { a: 'x', b: '1', 'long key': 'y z' });
  t.deepEqual(applyChanges({}, ['EXPOSE 80 53/udp 8000-8002']).ExposedPorts, { '53/udp': {}, '80/tcp': {}, '8000/tcp': {}, '8001/tcp': {}, '8002/tcp': {} }); // prettier-ignore
  t.deepEqual(applyChanges({}, ['VOLUME ["/a"]', 'VOLUME /b /c']).Volumes, { '/a': {}, '/b': {}, '/c': {} });
  t.is(applyChanges({ WorkingDir: '/x' }, ['WORKDIR y/../z']).WorkingDir, '/x/z');
  t.deepEqual(applyChanges({}, ['ONBUILD RUN x', 'ONBUILD COPY a b']).OnBuild, ['RUN x', 'COPY a b']);
  t.is(applyChanges({}, ['STOPSIGNAL SIGQUIT']).StopSignal, 'SIGQUIT');
  t.is(applyChanges({}, ['USER a:b']).User, 'a:b');
  t.deepEqual(applyChanges({}, ['HEALTHCHECK --interval=1m30s --retries=3 CMD ["x"]']).Healthcheck, { Test: ['CMD', 'x'], Interval: 90e9, Retries: 3 }); // prettier-ignore
  t.deepEqual(applyChanges({}, ['HEALTHCHECK NONE']).Healthcheck, { Test: ['NONE'] });
  t.deepEqual(applyChanges({}, ['# a comment\nENV A=1 \\\n  B=2\n\nUSER x']), { Env: ['A=1', 'B=2'], User: 'x' });
});

test('variables as Docker puts them in', (t) => {
  const value = (name: string): string | undefined => ({ A: 'one', EMPTY: '' })[name];
  const cases: [word: string, expanded: string][] = [
    ['$A', 'one'], ['${A}x', 'onex'], ['$Ax', ''], ['"$A b"', 'one b'], ["'$A'", '$A'], ['\\$A', '$A'], ['${A:-z}', 'one'],
    ['${EMPTY:-z}', 'z'], ['${NONE:-$A}', 'one'], ['${A:+y}', 'y'], ['${NONE:+y}', ''], ['a$', 'a$'], ['"a\\"b"', 'a"b'], ['$(x', '$(x'],
  ]; // prettier-ignore
  for (const [word, expanded] of cases) t.is(expandWord(word, value), expanded, word);
});

test('what is wrong is said in Docker’s words', (t) => {
  const cases: [change: string, message: string][] = [
    ['RUN x', 'run is not a valid change command'], ['BOGUS', 'bogus is not a valid change command'], ['', 'file with no instructions'],
    ['ENV A', 'ENV must have two arguments'], ['ENV =b', 'ENV names can not be blank'],
    ['LABEL a=b c', 'Syntax error - can\'t find = in "c". Must be of the form: name=value'],
    ['EXPOSE foo', 'Invalid containerPort: foo'], ['EXPOSE 80/foo', 'Invalid proto: foo'], ['EXPOSE 99999', 'Invalid containerPort: 99999'],
    ['VOLUME', 'VOLUME requires at least one argument'], ['VOLUME [""]', 'VOLUME specified can not be an empty string'],
    ['USER', 'USER requires exactly one argument'], ['WORKDIR', 'WORKDIR requires exactly one argument'],
    ['HEALTHCHECK', 'HEALTHCHECK requires at least one argument'], ['HEALTHCHECK FOO', 'Unknown type "FOO" in HEALTHCHECK (try CMD)'],
    ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'], ['HEALTHCHECK --bogus=1 CMD y', 'Unknown flag: bogus'],
    ['HEALTHCHECK --interval=x CMD y', 'time: invalid duration "x"'], ['ONBUILD', 'ONBUILD requires at least one argument'],
    ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"], ['ONBUILD ONBUILD x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ['CMD ["a", 1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
    ['ENV a=${x', 'failed to process "${x": missing \':\' in substitution'],
    ['ENV a="x', 'failed to process "\\"x": unexpected end of statement while looking for matching double-quote'],
  ]; // prettier-ignore
  for (const [change, message] of cases) {
    const error = t.throws(() => applyChanges({}, [change]), undefined, change);
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'), change);
    t.is(error?.message, message, change);
  }
});

test('words are split where no quote holds, and nothing of them is lost', (t) => {
  t.deepEqual(splitWords('a "b c" d\\ e \'f g\'h'), ['a', '"b c"', 'd\\ e', "'f g'h"]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      t.is(splitWords(text).join('').replaceAll(/\s/g, ''), text.replaceAll(/\s/g, ''));
    }),
  );
});
