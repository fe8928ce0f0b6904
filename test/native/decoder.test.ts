/** The native side of the encoding, under sanitizers: what it reads is checked, whatever the bytes. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { encodePlan } from '../../src/kernel/plan-encoding.ts';
import { rootTest } from '../helpers/root.ts';
import { everyOperation } from './every-operation.ts';
import { finishPlan, shell, startPlan, streams } from './run-plan.ts';
import { buildSanitized } from './sanitized.ts';
import { inRoot, makeDirectory, makeNull, makeRoot, mountProc } from './small-root.ts';

const monitor = {
  logPath: '/log',
  startedPath: '/started',
  exitPath: '/exit',
  terminal: false,
  openStdin: false,
  stdinOnce: false,
  reclaim: ['/bin/reclaim', 'it'],
  logCompress: ['/bin/compress', 'it'],
};

test('truncated and mutated plans are refused or harmless', (t) => {
  const { planCheck } = buildSanitized();
  const plan = { before: everyOperation.slice(0, 3), clone: { flags: 0, cgroup: 'cgroup' }, child: everyOperation };
  const file = join(makeDirectory(t), 'plan');
  writeFileSync(file, encodePlan({ plan, handles: ['lock', 'cgroup'], lock: 'lock', monitor }));
  const seed = Date.now();
  t.log(`seed ${seed}`);
  const accepted = Number(execFileSync(planCheck, [file, '100000', String(seed)], { encoding: 'utf8' }).split(' ')[0]);
  t.true(accepted > 0 && accepted < 100_000);
});

rootTest('the sanitized monitor runs a container without a complaint', (t) => {
  const executable = buildSanitized().monitor;
  const run = inRoot(
    makeRoot(t),
    mountProc,
    ...makeNull,
    { op: 'maskPath', path: '/proc/kcore', slot: 'null' },
    streams,
    shell('seq 1000; sleep 0.1; exit 3'),
  );
  const logPath = join(makeDirectory(t), 'log');
  const monitor = { logPath, logMaxSize: 4096, logMaxFiles: 3, logCompress: ['/bin/sh', '-c', 'gzip -c'] };
  const started = startPlan({ ...run, executable, monitor });
  const { stdout, result } = finishPlan(t, started);
  t.deepEqual(result, { type: 'exited', status: 3, oomKilled: false });
  t.is(stdout.split('\n').length, 1001);
  t.true(existsSync(`${logPath}.1.gz`) && existsSync(`${logPath}.2.gz`));
  t.like(
    startPlan({ ...inRoot(makeRoot(t), { op: 'makeSymlink', path: '/no/such/folder', target: 'x' }, shell('true')), executable }).report,
    { type: 'failed', index: 4, errno: 2 },
  );
});
