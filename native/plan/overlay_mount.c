/* An overlay is mounted from the directory of its layers, so that their names stay short. */
#include <sys/mount.h>

#include "kernel_calls.h"
#include "overlay.h"

/* "1234" of a descriptor, for a lookup in /proc/self/fd. */
static void number_name(char *name, int fd) {
  char digits[12];
  int length = 0;
  do digits[length++] = (char)('0' + fd % 10);
  while ((fd /= 10) > 0);
  while (length > 0) *name++ = digits[--length];
  *name = '\0';
}

/* More layers than fit on a page by name: open each, and name them by their descriptors. */
static int name_by_descriptor(struct overlay *overlay, struct overlay_scratch *scratch) {
  if (overlay->lower_count > OVERLAY_MOST_LAYERS) return -EINVAL;
  for (size_t index = 0; index < overlay->lower_count; index++) {
    int fd = open(overlay->lower[index], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    if (fd > 9999999) return -EMFILE;
    number_name(scratch->names[index], fd);
    scratch->lower[index] = scratch->names[index];
  }
  overlay->lower = scratch->lower;
  return chdir("/proc/self/fd") < 0 ? -errno : 0;
}

int overlay_mount(const struct overlay *wanted, struct overlay_scratch *scratch) {
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
