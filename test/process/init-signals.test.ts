import { readFileSync } from 'node:fs';
import test from 'ava';
import { explainUnheard } from '../../src/process/init-signals.ts';

const TERM = 15;
const mask = (...signals: number[]): string => signals.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n).toString(16);

function status({ pids = '4711\t1', caught = [] as number[], ignored = [] as number[], blocked = [] as number[] }): string {
  return `Name:\tx\nNSpid:\t${pids}\nSigBlk:\t${mask(...blocked)}\nSigIgn:\t${mask(...ignored)}\nSigCgt:\t${mask(...caught)}\n`;
}

test('a PID 1 without a handler does not hear the signal, and an init helps', (t) => {
  t.regex(explainUnheard(status({ caught: [17] }), TERM) ?? '', /no handler for SIGTERM.*--init/);
});

test('one that handles it has its own reasons', (t) => {
  t.is(explainUnheard(status({ caught: [TERM] }), TERM), undefined);
});

test('in the host’s PID namespace a signal without a handler ends a program', (t) => {
  t.is(explainUnheard(status({ pids: '4711' }), TERM), undefined);
});

test('a signal may be ignored, or blocked', (t) => {
  t.regex(explainUnheard(status({ ignored: [TERM] }), TERM) ?? '', /ignores SIGTERM/);
  t.regex(explainUnheard(status({ blocked: [36] }), 36) ?? '', /blocks SIGRTMIN\+2/);
});

test('a status of the kernel’s own is understood', (t) => {
  t.is(explainUnheard(readFileSync('/proc/self/status', 'utf8'), 9), undefined);
});
