import test from 'ava';
import { parseExposed } from '../../src/container/exposed-ports.ts';

test('a port, a range, and what is neither', (t) => {
  t.deepEqual(parseExposed('80/tcp'), [{ number: 80, protocol: 'tcp' }]);
  t.deepEqual(
    parseExposed('65534-65535/udp').map(({ number }) => number),
    [65_534, 65_535],
  );
  for (const text of ['', '80', 'x/tcp', '90-80/tcp', '65536/tcp', '1-99999999999/tcp']) t.deepEqual(parseExposed(text), [], text);
});
