/** The check of a whole config.json. Source: runtime-spec 1.2, config.md and its JSON schema. */
import {
  all,
  distinct,
  flag,
  int32,
  integer,
  listOf,
  mapOf,
  matching,
  nonEmptyText,
  nonEmptyTexts,
  object,
  oneOf,
  problemsOf,
  text,
  texts,
  uint32,
  uint64,
} from './check.ts';
import type { Check } from './check.ts';
import { idMapping, linux } from './validate-linux.ts';

const absolute: Check = matching(/^\//, 'an absolute path');

const process: Check = object(
  { cwd: absolute, args: nonEmptyTexts },
  {
    commandLine: text,
    consoleSize: object({ height: uint64, width: uint64 }),
    env: texts,
    terminal: flag,
    user: object({}, { uid: uint32, gid: uint32, umask: uint32, additionalGids: listOf(uint32), username: text }),
    capabilities: object({}, { bounding: texts, permitted: texts, effective: texts, inheritable: texts, ambient: texts }),
    apparmorProfile: text,
    oomScoreAdj: integer(-1000, 1000, 'an integer from -1000 to 1000'),
    selinuxLabel: text,
    ioPriority: object({ class: oneOf('IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE') }, { priority: int32 }),
    noNewPrivileges: flag,
    scheduler: object(
      { policy: oneOf(...['OTHER', 'FIFO', 'RR', 'BATCH', 'ISO', 'IDLE', 'DEADLINE'].map((name) => `SCHED_${name}`)) },
      {
        nice: int32,
        priority: int32,
        flags: listOf(
          oneOf(
            ...['RESET_ON_FORK', 'RECLAIM', 'DL_OVERRUN', 'KEEP_POLICY', 'KEEP_PARAMS', 'UTIL_CLAMP_MIN', 'UTIL_CLAMP_MAX'].map(
              (name) => `SCHED_FLAG_${name}`,
            ),
          ),
        ),
        runtime: uint64,
        deadline: uint64,
        period: uint64,
      },
    ),
    rlimits: all(
      listOf(object({ type: matching(/^RLIMIT_[A-Z]+$/, 'a name such as RLIMIT_NOFILE'), soft: uint64, hard: uint64 })),
      distinct('type'),
    ),
    execCPUAffinity: object({}, { initial: matching(/^[0-9, -]*$/, 'a list of CPUs'), final: matching(/^[0-9, -]*$/, 'a list of CPUs') }),
  },
);

const hooks: Check = listOf(
  object({ path: absolute }, { args: texts, env: texts, timeout: integer(1, Number.MAX_SAFE_INTEGER, 'a positive integer') }),
);

const config: Check = object(
  { ociVersion: matching(/^\d+\.\d+\.\d+/, 'a version such as 1.2.0') },
  {
    root: object({ path: nonEmptyText }, { readonly: flag }),
    process,
    hostname: text,
    domainname: text,
    mounts: listOf(
      object(
        { destination: nonEmptyText },
        { source: text, type: text, options: texts, uidMappings: listOf(idMapping), gidMappings: listOf(idMapping) },
      ),
    ),
    hooks: object(
      {},
      { prestart: hooks, createRuntime: hooks, createContainer: hooks, startContainer: hooks, poststart: hooks, poststop: hooks },
    ),
    annotations: mapOf(text),
    linux,
    solaris: object({}),
    windows: object({}),
    vm: object({}),
    zos: object({}),
    freebsd: object({}),
  },
);

/**
 * All that is wrong with a config.json, as `process.args: must be a non-empty array of strings`; empty where it is valid.
 * Beside the schema it wants what the specification's prose wants of a Linux process: args, and an absolute cwd.
 */
export function validateOciConfig(value: unknown): string[] {
  return problemsOf(value, config);
}
