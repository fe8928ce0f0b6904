/* Mount targets inside the container's root: found and made where the kernel confines every step of the path. */
#include <string.h>
#include <sys/stat.h>

#include "plan_parts.h"

static const uint64_t CONFINED = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/* "/" as this process sees it: the container's root, once pivoted. */
static int open_root(void) { return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC); }

/* Make one missing entry in `parent`, without following a link that appears in its place. */
static int make_entry(int parent, const char *name, enum plan_kind kind, mode_t mode) {
  if (kind == KIND_DIRECTORY) return mkdirat(parent, name, mode);
  int fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return -1;
  close(fd);
  return 0;
}

/* Find `path` (a prefix of the target) in the root; make its last component in `parent` where it is missing. */
static int find_or_make(int root, int parent, const char *path, const char *name, enum plan_kind kind, mode_t mode, int *made) {
  int fd = kernel_openat2(root, path, O_PATH | O_CLOEXEC, 0, CONFINED);
  if (fd >= 0 || errno != ENOENT) return fd;
  /* EEXIST and still not found is a dangling link: refused, as we would have to make what it names. */
  if (make_entry(parent, name, kind, mode) < 0 && errno != EEXIST) return -1;
  *made = 1;
  return openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* Walk the components of `path`, which is a private copy. */
static int make_components(int root, char *path, enum plan_kind kind, mode_t mode, int *made) {
  int parent = openat(root, ".", O_PATH | O_CLOEXEC);
  char *name = path;
  while (parent >= 0) {
    while (*name == '/') name++;
    if (*name == '\0') return parent;
    char *end = name;
    while (*end != '/' && *end != '\0') end++;
    char after = *end;
    *end = '\0';
    const char *rest = end + 1;
    while (after != '\0' && *rest == '/') rest++;
    int last = after == '\0' || *rest == '\0';
    int fd = find_or_make(root, parent, path, name, last ? kind : KIND_DIRECTORY, last ? mode : 0755, made);
    int error = errno;
    close(parent);
    errno = error;
    parent = fd;
    *end = after;
    name = end;
  }
  return parent;
}

static int refuse_link(int fd) {
  struct stat status;
  if (fd < 0) return -errno;
  if (fstat(fd, &status) == 0 && !S_ISLNK(status.st_mode)) return fd;
  close(fd);
  return -ELOOP;
}

int open_target(const char *path, enum plan_kind kind, mode_t mode, int *made) {
  static char copy[4096];
  int was_made = 0;
  int root = open_root();
  if (root < 0) return -errno;
  int fd = kernel_openat2(root, path, O_PATH | O_CLOEXEC, 0, CONFINED);
  if (fd < 0 && errno == ENOENT && kind != KIND_NONE) {
    size_t length = strlen(path);
    if (length >= sizeof(copy)) {
      close(root);
      return -ENAMETOOLONG;
    }
    memcpy(copy, path, length + 1);
    fd = make_components(root, copy, kind, mode, &was_made);
  }
  int error = errno;
  close(root);
  errno = error;
  if (made != NULL) *made = was_made;
  return refuse_link(fd);
}

int open_plain(const char *path) {
  int root = open_root();
  if (root < 0) return -errno;
  int fd = kernel_openat2(root, path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT);
  int error = errno;
  close(root);
  return fd < 0 ? -error : fd;
}
