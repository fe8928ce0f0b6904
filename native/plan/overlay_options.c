/* The options of an overlay mount. The kernel takes one page of them, with `,`, `:` and `\` in names escaped. */
#include <errno.h>
#include <string.h>

#include "overlay.h"
#include "text.h"

static void put_escaped(struct text *text, const char *name) {
  for (; *name != '\0'; name++) {
    if (strchr("\\:,", *name) != NULL) put_byte(text, '\\');
    put_byte(text, *name);
  }
}

int overlay_options(char *buffer, size_t size, const struct overlay *overlay) {
  struct text text = text_in(buffer, size);
  put_string(&text, "lowerdir=");
  for (size_t index = 0; index < overlay->lower_count; index++) {
    if (index > 0) put_byte(&text, ':');
    put_escaped(&text, overlay->lower[index]);
  }
  if (overlay->upper != NULL) {
    put_string(&text, ",upperdir=");
    put_escaped(&text, overlay->upper);
    put_string(&text, ",workdir=");
    put_escaped(&text, overlay->work == NULL ? "" : overlay->work);
  }
  if (overlay->more != NULL && *overlay->more != '\0') {
    put_byte(&text, ',');
    put_string(&text, overlay->more);
  }
  int length = text_finish(&text);
  return length < 0 ? length : 0;
}
