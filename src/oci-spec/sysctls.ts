/** Of the kernel.* sysctls, those that belong to an IPC namespace. Source: ipc_namespaces(7). fs.mqueue.* do so too, and net.* belong to the network's. */
export const IPC_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);
