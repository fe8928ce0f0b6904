/** Sessions in processes of their own: `attach` blocks its thread and takes the signals of its process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { AttachResult } from '../../src/kernel/native.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';
import type { SessionOptions } from './fixtures/session.ts';
import { makeDirectory } from './small-root.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/session.ts', import.meta.url));

export type SessionResult = AttachResult & { pid: number };

export interface Session {
  process: ChildProcess;
  result(): Promise<SessionResult>;
  /** All of stdout at its end. */
  output: Promise<Buffer>;
}

/** A session on pipes. */
export function startSession(t: ExecutionContext, options: Omit<SessionOptions, 'result'>): Session {
  const path = join(makeDirectory(t), 'result');
  const words = [FIXTURE, JSON.stringify({ ...options, result: path })];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: dirname(path) } });
  const chunks: Buffer[] = [];
  const output = new Promise<Buffer>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk)).once('close', () => resolve(Buffer.concat(chunks)));
  });
  return { process: child, output, result: () => readResult(path) };
}

/** A session on a terminal. */
export async function startTerminalSession(
  t: ExecutionContext,
  options: Omit<SessionOptions, 'result'>,
): Promise<{ terminal: Terminal; result: () => Promise<SessionResult> }> {
  const path = join(makeDirectory(t), 'result');
  const words = [FIXTURE, JSON.stringify({ ...options, terminal: true, result: path })];
  const terminal = await openTerminal(t, process.execPath, words, { TMPDIR: dirname(path) });
  return { terminal, result: () => readResult(path) };
}

async function readResult(path: string): Promise<SessionResult> {
  const text = await until('the result of a session', () => existsSync(path) && readFileSync(path, 'utf8'));
  return JSON.parse(text) as SessionResult;
}
