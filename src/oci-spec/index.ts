/** Types and validators of the OCI runtime and image specifications. This folder imports nothing from outside itself. */
export type * from './runtime.ts';
export type * from './resources.ts';
export type * from './seccomp.ts';
