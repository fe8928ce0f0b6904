/* An overlay is mounted from the directory of its layers, so that their names stay short. */
#include <sys/mount.h>

#include "kernel_calls.h"
#include "overlay.h"
#include "text.h"

/* More layers than fit on a page by name: open each, and name them by their descriptors. */
static int name_by_descriptor(struct overlay *overlay, struct overlay_scratch *scratch) {
  if (overlay->lower_count > OVERLAY_MOST_LAYERS) return -EINVAL;
  for (size_t index = 0; index < overlay->lower_count; index++) {
    int fd = open(overlay->lower[index], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    scratch->opened[scratch->opened_count++] = fd;
    /* A lookup in /proc/self/fd. */
    struct text name = text_in(scratch->names[index], sizeof(scratch->names[index]));
    put_number(&name, fd);
    if (text_finish(&name) < 0) return -EMFILE;
    scratch->lower[index] = scratch->names[index];
  }
  overlay->lower = scratch->lower;
  return chdir("/proc/self/fd") < 0 ? -errno : 0;
}

static int mount_named(const struct overlay *wanted, struct overlay_scratch *scratch) {
  struct overlay overlay = *wanted;
  if (chdir(overlay.directory) < 0) return -errno;
  int result = overlay_options(scratch->options, sizeof(scratch->options), &overlay);
  if (result == -ENAMETOOLONG) {
    result = name_by_descriptor(&overlay, scratch);
    if (result == 0) result = overlay_options(scratch->options, sizeof(scratch->options), &overlay);
  }
  if (result < 0) return result;
  return mount("overlay", overlay.target, "overlay", overlay.flags, scratch->options) < 0 ? -errno : 0;
}

static int mount_once(const struct overlay *wanted, struct overlay_scratch *scratch) {
  scratch->opened_count = 0;
  int result = mount_named(wanted, scratch);
  while (scratch->opened_count > 0) close(scratch->opened[--scratch->opened_count]);
  return result;
}

/* A write error of the file system that nobody was told of yet is told to whoever syncs it next. */
static void hear_write_error(const char *upper) {
  int fd = open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)syncfs(fd);
  close(fd);
}

int overlay_mount(const struct overlay *wanted, struct overlay_scratch *scratch) {
  int result = mount_once(wanted, scratch);
  /* `volatile` is refused until then, whosever files it was about: the kernel's filesystems/overlayfs.rst, volatile mount. */
  if (result != -EIO || wanted->upper == NULL) return result;
  hear_write_error(wanted->upper);
  return mount_once(wanted, scratch);
}
