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

/* Levels that are gone down, each with a descriptor; below, directories are moved up. */
#define DEEPEST 16

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

/* A directory of the same file system, and no link to one. */
static int open_directory(int parent, const char *name, dev_t device) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat found;
  int error = fstat(fd, &found) < 0 ? errno : found.st_dev != device ? EXDEV : 0;
  if (error == 0) return fd;
  close(fd);
  errno = error;
  return -1;
}

static int remove_directory(struct removal *removal, int parent, const char *name, int depth);

/* One entry: files are unlinked; a directory is removed if it is empty, else emptied first. One that somebody else removed is fine. */
static int remove_entry(struct removal *removal, int parent, const struct dirent *entry, int depth) {
  if (entry->d_type != DT_DIR) {
    if (unlinkat(parent, entry->d_name, 0) == 0 || errno == ENOENT) return 0;
    /* A file system that doesn't say what is a directory. */
    if (errno != EISDIR && errno != EPERM) return -1;
  }
  if (unlinkat(parent, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  /* A file after all, then: one that may not be removed. */
  if (errno == ENOTDIR) errno = EPERM;
  if (errno != ENOTEMPTY && errno != EEXIST) return -1;
  if (depth == DEEPEST) return move_up(removal, parent, entry->d_name);
  return remove_directory(removal, parent, entry->d_name, depth + 1);
}

/* Empty the directory `fd`, which is taken over and closed. */
static int empty_directory(struct removal *removal, int fd, int depth) {
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
    if (!is_dots(entry->d_name)) result = remove_entry(removal, dirfd(stream), entry, depth);
  }
  if (entry == NULL && errno != 0) result = -1;
  int error = errno;
  closedir(stream);
  errno = error;
  return result;
}

static int remove_directory(struct removal *removal, int parent, const char *name, int depth) {
  int fd = open_directory(parent, name, removal->device);
  if (fd < 0 || empty_directory(removal, fd, depth) < 0) return -1;
  return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int tsrun_remove_tree(const char *path) {
  struct stat found;
  if (lstat(path, &found) < 0) return errno == ENOENT ? 0 : -1;
  if (!S_ISDIR(found.st_mode)) return unlink(path) == 0 || errno == ENOENT ? 0 : -1;
  struct removal removal = {.top = -1, .device = found.st_dev, .moved = 0};
  removal.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (removal.top < 0) return errno == ENOENT ? 0 : -1;
  int result = 0;
  unsigned long moved;
  /* What was moved up while a pass went on may have been missed by it. */
  do {
    moved = removal.moved;
    int fd = openat(removal.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    result = fd < 0 ? -1 : empty_directory(&removal, fd, 0);
  } while (result == 0 && removal.moved != moved);
  int error = errno;
  close(removal.top);
  errno = error;
  if (result < 0) return -1;
  return rmdir(path) == 0 || errno == ENOENT ? 0 : -1;
}
