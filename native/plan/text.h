/*
 * Texts built in place: what printf(3) would do, without the twenty kilobytes of it that every monitor would carry. What
 * doesn't fit is cut off, and `text_finish` tells.
 */
#ifndef TSRUN_TEXT_H
#define TSRUN_TEXT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

struct text {
  char *start, *at, *end; /* `end` is where the closing NUL must fit */
};

static inline struct text text_in(char *buffer, size_t size) { return (struct text){buffer, buffer, buffer + size - 1}; }

static inline void put_byte(struct text *text, char byte) {
  if (text->at < text->end) *text->at = byte;
  text->at++;
}

static inline void put_string(struct text *text, const char *string) {
  while (*string != '\0') put_byte(text, *string++);
}

/* At least `width` digits. */
static inline void put_digits(struct text *text, uint64_t number, int width) {
  char digits[20];
  int length = 0;
  do digits[length++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  while (width-- > length) put_byte(text, '0');
  while (length > 0) put_byte(text, digits[--length]);
}

static inline void put_number(struct text *text, int64_t number) {
  if (number < 0) put_byte(text, '-');
  put_digits(text, number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number, 1);
}

/* Close it: its length, or -ENAMETOOLONG. */
static inline int text_finish(struct text *text) {
  if (text->at > text->end) return -ENAMETOOLONG;
  *text->at = '\0';
  return (int)(text->at - text->start);
}

#endif
