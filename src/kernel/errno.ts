/** The kernel's error numbers: their names, and what each means in plain English. Linux, the same on x86-64 and arm64. */

const ERRORS: Readonly<Record<number, readonly [name: string, sentence: string]>> = {
  1: ['EPERM', 'The kernel does not permit this; a capability is missing, or the object forbids it.'],
  2: ['ENOENT', 'No such file or directory.'],
  3: ['ESRCH', 'No such process.'],
  4: ['EINTR', 'A signal interrupted the call.'],
  5: ['EIO', 'The device could not be read or written.'],
  6: ['ENXIO', 'No such device or address; or nobody has the other end open.'],
  7: ['E2BIG', 'The arguments and the environment are too long together.'],
  8: ['ENOEXEC', 'The file is not in a format that this kernel can execute.'],
  9: ['EBADF', 'The file descriptor is not open, or not for this use.'],
  10: ['ECHILD', 'There is no child process to wait for.'],
  11: ['EAGAIN', 'A resource is not available now; or a limit on processes was reached.'],
  12: ['ENOMEM', 'The kernel is out of memory.'],
  13: ['EACCES', 'Permission denied by the file, or by a directory on the way to it.'],
  14: ['EFAULT', 'A pointer given to the kernel was bad.'],
  15: ['ENOTBLK', 'This is not a block device.'],
  16: ['EBUSY', 'It is in use, or already mounted.'],
  17: ['EEXIST', 'It exists already.'],
  18: ['EXDEV', 'The two lie on different filesystems or mounts.'],
  19: ['ENODEV', 'This kernel has no such device or filesystem.'],
  20: ['ENOTDIR', 'A part of the path is not a directory.'],
  21: ['EISDIR', 'This is a directory.'],
  22: ['EINVAL', 'The kernel does not accept an argument of the call.'],
  23: ['ENFILE', 'The whole system has too many open files.'],
  24: ['EMFILE', 'This process has too many open files.'],
  25: ['ENOTTY', 'This is not a terminal, or the device has no such control.'],
  26: ['ETXTBSY', 'The file is being written, so it cannot be executed (or the reverse).'],
  27: ['EFBIG', 'The file would become too large.'],
  28: ['ENOSPC', 'No space is left, or a limit on the number of objects was reached.'],
  29: ['ESPIPE', 'A pipe or socket cannot be seeked in.'],
  30: ['EROFS', 'The filesystem is read-only.'],
  31: ['EMLINK', 'There are too many links.'],
  32: ['EPIPE', 'Nobody reads the other end.'],
  33: ['EDOM', 'A number is outside the domain of the function.'],
  34: ['ERANGE', 'The result does not fit, or a number is out of range.'],
  35: ['EDEADLK', 'Waiting would be a deadlock.'],
  36: ['ENAMETOOLONG', 'A name or path is too long.'],
  37: ['ENOLCK', 'No lock is available.'],
  38: ['ENOSYS', 'This kernel does not have the call, or a filter hides it.'],
  39: ['ENOTEMPTY', 'The directory is not empty.'],
  40: ['ELOOP', 'There are too many symbolic links, or one where none is allowed.'],
  61: ['ENODATA', 'There is no such attribute or data.'],
  62: ['ETIME', 'A timer expired.'],
  67: ['ENOLINK', 'A link was severed.'],
  71: ['EPROTO', 'The other side broke the protocol.'],
  74: ['EBADMSG', 'The message cannot be understood.'],
  75: ['EOVERFLOW', 'A value is too large for its type, or an id is not mapped here.'],
  84: ['EILSEQ', 'The bytes are not a valid character.'],
  87: ['EUSERS', 'There are too many users or nested namespaces.'],
  88: ['ENOTSOCK', 'This is not a socket.'],
  89: ['EDESTADDRREQ', 'A destination address is required.'],
  90: ['EMSGSIZE', 'The message is too long.'],
  91: ['EPROTOTYPE', 'The protocol does not fit the socket.'],
  92: ['ENOPROTOOPT', 'The protocol has no such option.'],
  93: ['EPROTONOSUPPORT', 'This kernel does not have the protocol.'],
  94: ['ESOCKTNOSUPPORT', 'This kernel does not have that type of socket.'],
  95: ['EOPNOTSUPP', 'The object does not support the operation.'],
  96: ['EPFNOSUPPORT', 'This kernel does not have the protocol family.'],
  97: ['EAFNOSUPPORT', 'This kernel does not have the address family.'],
  98: ['EADDRINUSE', 'The address is already in use.'],
  99: ['EADDRNOTAVAIL', 'The address cannot be had here.'],
  100: ['ENETDOWN', 'The network interface is down.'],
  101: ['ENETUNREACH', 'The network cannot be reached.'],
  103: ['ECONNABORTED', 'The connection was aborted.'],
  104: ['ECONNRESET', 'The other side reset the connection.'],
  105: ['ENOBUFS', 'The kernel is out of buffers.'],
  106: ['EISCONN', 'The socket is already connected.'],
  107: ['ENOTCONN', 'The socket or interface is not connected.'],
  110: ['ETIMEDOUT', 'No answer came in time.'],
  111: ['ECONNREFUSED', 'Nobody listens there.'],
  112: ['EHOSTDOWN', 'The host is down.'],
  113: ['EHOSTUNREACH', 'The host cannot be reached.'],
  114: ['EALREADY', 'It is already being done.'],
  115: ['EINPROGRESS', 'It is being done now.'],
  116: ['ESTALE', 'The file on the server is gone.'],
  117: ['EUCLEAN', 'The filesystem needs repair.'],
  121: ['EREMOTEIO', 'A remote device failed.'],
  122: ['EDQUOT', 'The disk quota is used up.'],
  125: ['ECANCELED', 'The operation was cancelled.'],
  126: ['ENOKEY', 'The key is not available.'],
  130: ['EOWNERDEAD', 'The owner died.'],
  133: ['EHWPOISON', 'The memory page has a hardware error.'],
};

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(ERRORS).map(([number, [name]]) => [name, Number(number)]));

/** The name of an error number (either sign), e.g. `ENOENT`; `E` and the number where it has none here. */
export function errnoName(errno: number): string {
  return ERRORS[Math.abs(errno)]?.[0] ?? `E${Math.abs(errno)}`;
}

/** What an error number (either sign) or name means, as one sentence. */
export function errnoSentence(errno: number | string): string {
  const number = typeof errno === 'string' ? NUMBERS.get(errno) : Math.abs(errno);
  return (number === undefined ? undefined : ERRORS[number]?.[1]) ?? 'The kernel refused for a reason that has no name here.';
}

/** The number of an error's name, e.g. 2 for `ENOENT`; undefined where it is none. */
export function errnoNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}
