/* The options of an overlay mount. The kernel takes one page of them, with `,`, `:` and `\` in names escaped. */
#include <errno.h>
#include <string.h>

#include "overlay.h"

struct text {
  char *at, *end;
};

static void put(struct text *text, char byte) {
  if (text->at < text->end) *text->at = byte;
  text->at++;
}

static void put_plain(struct text *text, const char *bytes) {
  while (*bytes != '\0') put(text, *bytes++);
}

static void put_escaped(struct text *text, const char *name) {
  for (; *name != '\0'; name++) {
    if (strchr("\\:,", *name) != NULL) put(text, '\\');
    put(text, *name);
  }
}

int overlay_options(char *buffer, size_t size, const struct overlay *overlay) {
  struct text text = {buffer, buffer + size - 1};
  put_plain(&text, "lowerdir=");
  for (size_t index = 0; index < overlay->lower_count; index++) {
    if (index > 0) put(&text, ':');
    put_escaped(&text, overlay->lower[index]);
  }
  if (overlay->upper != NULL) {
    put_plain(&text, ",upperdir=");
    put_escaped(&text, overlay->upper);
    put_plain(&text, ",workdir=");
    put_escaped(&text, overlay->work == NULL ? "" : overlay->work);
  }
  if (overlay->more != NULL && *overlay->more != '\0') {
    put(&text, ',');
    put_plain(&text, overlay->more);
  }
  if (text.at > text.end) return -ENAMETOOLONG;
  *text.at = '\0';
  return 0;
}
