/** Types and validators of the OCI runtime and image specifications. This folder imports nothing from outside itself. */
export type * from './image.ts';
export type * from './resources.ts';
export type * from './runtime.ts';
export type * from './seccomp.ts';
export { CAPABILITY_NAMES, capabilityBit, capabilityMaskOf, capabilityNames } from './capabilities.ts';
export { stringifyOciConfig } from './stringify.ts';
export { validateImageConfig, validateIndex, validateManifest } from './validate-image.ts';
export { validateOciConfig } from './validate-runtime.ts';
