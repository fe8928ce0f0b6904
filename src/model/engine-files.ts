/**
 * What an engine puts into every container's root before its program runs. Docker keeps it in a layer of its own below the
 * container's; here it is found in the writable layer, and is no change while it is as it was made. Paths from the root, without a
 * slash before them. Source: moby, daemon/initlayer/setup_unix.go.
 */

/** Mount points. */
export const ENGINE_DIRECTORIES: ReadonlySet<string> = new Set(['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys']);
export const ENGINE_MOUNTED_FILES: ReadonlySet<string> = new Set(['dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf']);
export const ENGINE_MOUNTED_FILE_MODE = 0o755;

/** By this programs know that they run in a container of Docker's, or in one that is like them. An empty file of root's. */
export const CONTAINER_MARK = '.dockerenv';
export const CONTAINER_MARK_MODE = 0o755;
/** Where programs of old look for what is mounted. */
export const MOUNT_TABLE = 'etc/mtab';
export const MOUNT_TABLE_TARGET = '/proc/mounts';
