export default {
  files: ['test/**/*.test.ts'],
  extensions: ['ts'],
  // Node strips the types. A process a file: tests change namespaces, signals and the environment.
  workerThreads: false,
  // Many tests wait for a kernel or a container rather than for a CPU.
  concurrency: 4,
  // Without any test ending for so long (the first use of a fixture makes an image from Debian packages).
  timeout: '8m',
};
