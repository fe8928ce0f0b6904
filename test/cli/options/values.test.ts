import test from 'ava';
import fc from 'fast-check';
import { checkAddress, checkExtraHost } from '../../../src/cli/options/addresses.ts';
import { checkContentTrust, parseCpus } from '../../../src/cli/options/values.ts';
import { signalNumber } from '../../../src/model/signals.ts';
import { parseSize } from '../../../src/model/size.ts';

test('sizes as go-units reads them', (t) => {
  const cases: [string, number][] = [
    ['0', 0],
    ['4096', 4096],
    ['512m', 512 * 2 ** 20],
    ['512M', 512 * 2 ** 20],
    ['1g', 2 ** 30],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['10 kb', 10_240],
    ['32b', 32],
    ['32B', 32],
    ['2t', 2 * 2 ** 40],
  ];
  for (const [text, bytes] of cases) t.is(parseSize(text), bytes, text);
  for (const text of ['', 'm', '-1', '1e3', ' 1', '1mm', '0x10', '1.2.3', '1  k', 'NaN'])
    t.throws(() => parseSize(text), { message: `invalid size: '${text}'` });
});

test('any number of any unit is that many bytes', (t) => {
  const units = fc.constantFrom<[string, number]>(['', 1], ['b', 1], ['k', 1024], ['kb', 1024], ['MiB', 2 ** 20], ['G', 2 ** 30]);
  fc.assert(fc.property(fc.nat(), units, (count, [unit, factor]) => parseSize(`${count}${unit}`) === count * factor));
  t.pass();
});

test('CPUs: decimals and fractions down to a billionth', (t) => {
  for (const [text, cpus] of [
    ['1', 1],
    ['.5', 0.5],
    ['1.5', 1.5],
    ['3/2', 1.5],
    ['0.000000001', 1e-9],
    ['-1', -1],
    ['1e1', 10],
  ] as const)
    t.is(parseCpus(text), cpus, text);
  for (const text of ['', 'abc', '1,5', '1/0', '1 '])
    t.throws(() => parseCpus(text), { message: `failed to parse ${text} as a rational number` }, text);
});

test('addresses', (t) => {
  for (const text of ['1.2.3.4', '255.255.255.255', '0.0.0.0', '::', '::1', '2001:db8::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1::8']) {
    t.is(checkAddress(text), text);
  }
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::',
    '12345::',
    '1.2.3.4::',
  ]) {
    t.throws(() => checkAddress(text), { message: `${text} is not an ip address` }, text);
  }
});

test('--add-host takes what it is given for an address only where it is one', (t) => {
  t.is(checkExtraHost('six:::1'), 'six:::1');
  t.is(checkExtraHost('db=10.0.0.1'), 'db:10.0.0.1');
  for (const text of [':1.2.3.4', '=1.2.3.4', 'host']) t.throws(() => checkExtraHost(text), { message: /bad format for add-host/ });
});

test('signals by name and number', (t) => {
  for (const [text, number] of [
    ['SIGTERM', 15],
    ['term', 15],
    ['9', 9],
    ['SIGKILL', 9],
    ['SIGIOT', 6],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['rtmax-1', 63],
    ['64', 64],
  ] as const) {
    t.is(signalNumber(text), number, text);
  }
  for (const text of ['', '0', '65', '-1', 'FOO', 'SIG', 'RTMIN-1', 'RTMAX+1', 'RTMIN+99', '1.5'])
    t.is(signalNumber(text), undefined, text);
});

test('content trust may be disabled, for there is none; to enable it is refused', (t) => {
  t.notThrows(() => checkContentTrust('true'));
  for (const off of ['false', 'F', '0', 'FALSE']) t.throws(() => checkContentTrust(off), { message: /not supported/ });
});
