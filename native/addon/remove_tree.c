#include "remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* State of one removal: the top directory, its device, and a number for the names of what was moved up. */
struct removal {
  int top;
  dev_t device;
  unsigned long moved;
};

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

/* Move a directory that is not at the top into the top, under a name that nobody has. */
static int move_up(struct removal *removal, int parent, const char *name) {
  char fresh[48];
  for (;;) {
    snprintf(fresh, sizeof(fresh), ".tsrun-removing-%lu", removal->moved++);
    struct stat found;
    if (fstatat(removal->top, fresh, &found, AT_SYMLINK_NOFOLLOW) == 0) continue;
    if (errno != ENOENT) return -1;
    return renameat(parent, name, removal->top, fresh);
  }
}

/* Make a directory's entries removable: no immutable flags are handled here, only a missing x or w bit for non-root callers. */
static int open_directory(int parent, const char *name, dev_t device) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat found;
  if (fstat(fd, &found) < 0 || found.st_dev != device) {
    int error = found.st_dev != device ? EXDEV : errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

/* Empty the directory `fd` (which is taken over and closed): files are unlinked, empty directories removed, others moved up. `*left` tells of
 * directories that were moved into the directory itself. */
static int empty_directory(struct removal *removal, int fd, bool is_top, bool *again) {
  DIR *stream = fdopendir(fd);
  if (stream == NULL) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  int result = 0;
  struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(stream)) != NULL) {
    if (is_dots(entry->d_name)) continue;
    if (entry->d_type != DT_DIR && unlinkat(dirfd(stream), entry->d_name, 0) == 0) continue;
    if (entry->d_type != DT_DIR && errno != EISDIR && errno != EPERM && errno != ENOENT) {
      result = -1;
      break;
    }
    if (entry->d_type != DT_DIR && errno == ENOENT) continue;
    if (unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
    if (errno != ENOTEMPTY && errno != EEXIST) {
      result = -1;
      break;
    }
    if (is_top) {
      int inner = open_directory(dirfd(stream), entry->d_name, removal->device);
      bool ignored = false;
      if (inner < 0 || empty_directory(removal, inner, false, &ignored) < 0) result = -1;
      *again = true;
    } else if (move_up(removal, dirfd(stream), entry->d_name) < 0) {
      result = -1;
    }
  }
  if (entry == NULL && errno != 0) result = -1;
  int error = errno;
  closedir(stream);
  errno = error;
  return result;
}

int tsrun_remove_tree(const char *path) {
  struct stat found;
  if (lstat(path, &found) < 0) return errno == ENOENT ? 0 : -1;
  if (!S_ISDIR(found.st_mode)) return unlink(path) == 0 || errno == ENOENT ? 0 : -1;
  struct removal removal = {.top = -1, .device = found.st_dev, .moved = 0};
  removal.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (removal.top < 0) return errno == ENOENT ? 0 : -1;
  int result = 0;
  bool again = true;
  /* Each pass empties every directory at the top, and removes those that the last pass emptied. */
  while (again && result == 0) {
    again = false;
    int fd = openat(removal.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    result = fd < 0 ? -1 : empty_directory(&removal, fd, true, &again);
  }
  int error = errno;
  close(removal.top);
  errno = error;
  if (result < 0) return -1;
  return rmdir(path) == 0 || errno == ENOENT ? 0 : -1;
}
