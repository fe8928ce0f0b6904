import test from 'ava';
import fc from 'fast-check';
import { parseExpose, parsePublish } from '../../../src/cli/options/ports.ts';

test('the forms of -p', (t) => {
  const cases: [string, object[]][] = [
    ['80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 0 }]],
    ['8080:80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8080 }]],
    ['53:53/UDP', [{ protocol: 'udp', containerPort: 53, hostAddress: '0.0.0.0', hostPort: 53 }]],
    ['127.0.0.1:8080:80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '127.0.0.1', hostPort: 8080 }]],
    ['127.0.0.1::80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '127.0.0.1', hostPort: 0 }]],
    ['[::1]:8080:80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '::1', hostPort: 8080 }]],
    [':80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 0 }]],
    ['8000-8002:80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8000, hostPortEnd: 8002 }]],
    [
      '8000-8001:80-81',
      [
        { protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8000 },
        { protocol: 'tcp', containerPort: 81, hostAddress: '0.0.0.0', hostPort: 8001 },
      ],
    ],
    ['published=8080,target=80', [{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8080 }]],
  ];
  for (const [text, expected] of cases) t.deepEqual(parsePublish(text) as object[], expected, text);
});

test('what is no port is said in the words of Docker', (t) => {
  const cases: [string, string][] = [
    ['abc', 'invalid containerPort: abc'],
    ['80:abc', 'invalid containerPort: abc'],
    ['99999:80', 'invalid hostPort: 99999'],
    ['8000-8002:80-81', 'invalid ranges specified for container and host Ports: 80-81 and 8000-8002'],
    ['1.2.3:80:80', 'invalid IP address: 1.2.3'],
    ['80/foo', 'invalid proto: foo'],
    ['81-80:80', 'invalid hostPort: 81-80'],
    ['8080:', 'no port specified: 8080:<empty>'],
    ['published=80,target', `invalid publish opts format (should be name=value but got 'target')`],
  ];
  for (const [text, message] of cases) t.throws(() => parsePublish(text), { message }, text);
  t.throws(() => parseExpose('abc'), {
    message: 'invalid range format for --expose: abc, error: strconv.ParseUint: parsing "abc": invalid syntax',
  });
});

const port = fc.integer({ min: 1, max: 65_535 });

test('any range of equal length maps port by port', (t) => {
  fc.assert(
    fc.property(port, port, fc.integer({ min: 0, max: 20 }), (host, container, more) => {
      fc.pre(host + more <= 65_535 && container + more <= 65_535);
      const ports = parsePublish(`${host}-${host + more}:${container}-${container + more}/udp`);
      t.is(ports.length, more + 1);
      for (const [index, each] of ports.entries()) {
        t.is(each.hostPort, host + index);
        t.is(each.containerPort, container + index);
      }
    }),
    { numRuns: 50 },
  );
});

test('whatever is typed, ports stay in their bounds or it is refused', (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-z:./-]{0,24}$/), (text) => {
      let ports;
      try {
        ports = parsePublish(text);
      } catch {
        return;
      }
      for (const each of ports) {
        if (each.containerPort > 65_535 || each.hostPort > 65_535 || each.containerPort < 0) throw new Error(text);
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('--expose gives a port each', (t) => {
  t.deepEqual(parseExpose('80'), ['80/tcp']);
  t.deepEqual(parseExpose('80-82/udp'), ['80/udp', '81/udp', '82/udp']);
});
