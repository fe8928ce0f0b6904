/* The root overlay. */
#include "overlay.h"
#include "plan_parts.h"

int op_mountOverlay(struct walk *walk, const struct plan_op *op) {
  static struct overlay_scratch scratch;
  (void)walk;
  struct overlay overlay = {
      .target = op_text(op, 0),
      .directory = op_text(op, 1),
      .lower = (const char *const *)(uintptr_t)op->args[2],
      .lower_count = op->args[3],
      .upper = op_text(op, 4),
      .work = op_text(op, 5),
      .flags = op->args[6],
      .more = op_text(op, 7),
  };
  return overlay_mount(&overlay, &scratch);
}
