/* Overlay mounts: used by the plan's walk and by the addon. */
#ifndef TSRUN_OVERLAY_H
#define TSRUN_OVERLAY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OVERLAY_MOST_LAYERS 500 /* the kernel's own limit */

/* Lower directories run from top to bottom, relative to `directory`; the others are absolute, or NULL. */
struct overlay {
  const char *directory, *target, *upper, *work, *more;
  const char *const *lower;
  size_t lower_count;
  unsigned long flags;
};

/* Memory for the texts: the caller's, since there is none to allocate after a clone. */
struct overlay_scratch {
  char options[4096]; /* a page: mount(2) takes no more */
  int opened[OVERLAY_MOST_LAYERS];
  size_t opened_count;
  char names[OVERLAY_MOST_LAYERS][8];
  const char *lower[OVERLAY_MOST_LAYERS];
};

/* Mount it (and change the working directory). 0, or a negative errno. */
int overlay_mount(const struct overlay *overlay, struct overlay_scratch *scratch);
/* Its options as text. 0, or -ENAMETOOLONG. */
int overlay_options(char *buffer, size_t size, const struct overlay *overlay);

#ifdef __cplusplus
}
#endif

#endif
