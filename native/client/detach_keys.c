/* The detach sequence (ctrl-p ctrl-q) in what a user types. */
#include <string.h>

#include "client.h"

/* What was held back was no detach sequence after all: pass it on, except for its longest end that may still begin one. */
static size_t release_held(struct detach_keys *keys, uint8_t next, uint8_t *out) {
  uint8_t seen[sizeof(keys->keys) + 1];
  size_t length = keys->matched + 1;
  memcpy(seen, keys->keys, keys->matched);
  seen[keys->matched] = next;
  for (size_t skip = 1; skip <= length; skip++) {
    if (length - skip >= keys->length || memcmp(seen + skip, keys->keys, length - skip) != 0) continue;
    memcpy(out, seen, skip);
    keys->matched = length - skip;
    return skip;
  }
  return 0;
}

size_t filter_keys(struct detach_keys *keys, const uint8_t *bytes, size_t length, uint8_t *out, int *detached) {
  size_t count = 0;
  *detached = 0;
  if (keys->length == 0) {
    memcpy(out, bytes, length);
    return length;
  }
  for (size_t index = 0; index < length; index++) {
    if (bytes[index] != keys->keys[keys->matched]) {
      count += release_held(keys, bytes[index], out + count);
      continue;
    }
    if (++keys->matched < keys->length) continue;
    *detached = 1;
    return count;
  }
  return count;
}
