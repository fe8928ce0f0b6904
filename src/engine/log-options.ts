/** A container's logging, as its monitor is told. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogWriter } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import { jsonAttributes, journalFields, loggingError } from '../process/log-fields.ts';
import { logFile } from '../process/log-files.ts';
import type { Engine } from './engine.ts';
import { quickCommand } from './own-command.ts';

export interface LogSettings {
  logPath?: string;
  logDriver?: LogWriter;
  logFields?: Uint8Array;
  logMaxSize?: number;
  logMaxFiles?: number;
  logCompress?: readonly string[];
}

/** json-file's are ours (Docker never rotates it by itself), local's are Docker's. */
const DEFAULT_ROTATION = { 'json-file': { size: '10m', files: 3 }, local: { size: '20m', files: 5 } };

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * What the monitor needs for the container's log driver; the options were checked when they were parsed. Makes the log's directory.
 * @throws TsrunError INVALID_ARGUMENT or UNSUPPORTED, in Docker's words: no journal, a wrong tag
 */
export function logSettings(engine: Engine, container: Container): LogSettings {
  const { logDriver, logOptions } = container.config;
  if (logDriver === 'none') return {};
  if (logDriver === 'journald') return { logPath: journalSocket(), logDriver, logFields: journalFields(container) };
  const logPath = logFile(engine.paths, container) ?? '';
  if (logDriver === 'local') mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
  const fields = logDriver === 'json-file' ? jsonAttributes(container) : undefined;
  return {
    logPath,
    logDriver,
    ...rotation(logDriver, logOptions),
    ...(fields === undefined ? {} : { logFields: fields }),
    ...(isCompressed(logDriver, logOptions) ? { logCompress: quickCommand(engine, '__compress') } : {}),
  };
}

/** As Docker: local's are, where nothing is said; json-file's are not. */
function isCompressed(driver: 'json-file' | 'local', options: Readonly<Record<string, string>>): boolean {
  const said = options['compress'];
  return said === undefined ? driver === 'local' : /^(?:1|t|true)$/i.test(said);
}

/** `max-size` alone keeps one file, as Docker's. */
function rotation(driver: 'json-file' | 'local', options: Readonly<Record<string, string>>): LogSettings {
  const { size, files } = DEFAULT_ROTATION[driver];
  const match = /^(\d+)([kmg]?)b?$/i.exec(options['max-size'] ?? size);
  if (match === null) return {};
  const one = driver === 'json-file' && options['max-size'] !== undefined ? 1 : files;
  return {
    logMaxSize: Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1),
    logMaxFiles: Number(options['max-file'] ?? one),
  };
}

/** The journal's native socket; tests name another. */
function journalSocket(): string {
  const path = process.env['TSRUN_JOURNAL_SOCKET'] ?? '/run/systemd/journal/socket';
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) {
    throw loggingError('journald is not enabled on this host', `${path} is no socket: choose another --log-driver`);
  }
  return path;
}
