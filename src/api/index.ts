/**
 * tsrun for programs. Importing it does nothing; the first call of an engine opens what it needs.
 *
 * @example
 * ```ts
 * await using engine = new Engine();
 * await using box = await engine.run({ image: 'redis', ports: [{ container: 6379 }] });
 * connect(box.hostPort(6379), '127.0.0.1');
 * ```
 * @module
 */
export { Box, type BoxEnd, type LogsOptions } from './box.ts';
export { Engine, type EngineSettings, type Listeners, type PullSettings } from './engine.ts';
export { Exec, type ExecOptions, type ExecResult } from './exec.ts';
export type { MountOptions, PortOptions, RunOptions } from './run-options.ts';
export type * from '../model/as-given.ts';
export type * from '../model/container.ts';
export type * from '../model/image.ts';
export type { LayerStatus, PullEvent } from '../model/pull-event.ts';
export type { PullPolicy, RequestedPlatform } from '../model/run-request.ts';
export type { LogEntry } from '../process/log-entry.ts';
export type { RecordedEvent } from '../state/events.ts';
export { isTsrunError, TsrunError, type ErrorCode, type ErrorDetails, type StepNumber } from '../model/errors.ts';
