/* One record of Docker's json-file log: {"log":"…","stream":"stdout","attrs":{…},"time":"…"} with its escapes. */
#include <string.h>

#include "log.h"
#include "monitor.h"

static const char hex[] = "0123456789abcdef";

static char *put_text(char *at, const char *text) {
  while (*text != '\0') *at++ = *text++;
  return at;
}

static char *put_unicode(char *at, unsigned code) {
  *at++ = '\\';
  *at++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4) *at++ = hex[code >> shift & 15];
  return at;
}

static char *put_ascii(char *at, unsigned char byte) {
  if (byte == '\n') return put_text(at, "\\n");
  if (byte == '\r') return put_text(at, "\\r");
  if (byte < 0x20 || byte == '<' || byte == '>' || byte == '&') return put_unicode(at, byte);
  if (byte == '"' || byte == '\\') *at++ = '\\';
  *at++ = (char)byte;
  return at;
}

/* Length of the valid UTF-8 character at `bytes`, 0 where there is none: no overlong forms, no surrogates, at most U+10FFFF. */
static size_t character_length(const unsigned char *bytes, size_t length) {
  size_t wanted = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
  if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || length < wanted) return 0;
  for (size_t index = 1; index < wanted; index++)
    if ((bytes[index] & 0xc0) != 0x80) return 0;
  if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] > 0x9f)) return 0;
  if ((bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f)) return 0;
  return wanted;
}

/* U+2028 and U+2029 end a line in JavaScript, so Docker escapes them. */
static char *put_character(char *at, const unsigned char *bytes, size_t length) {
  if (length == 3 && bytes[0] == 0xe2 && bytes[1] == 0x80 && (bytes[2] & 0xfe) == 0xa8) return put_unicode(at, 0x2000u | (bytes[2] & 0x3fu));
  memcpy(at, bytes, length);
  return at + length;
}

size_t encode_json(char *to, const struct log_record *record, const struct log_fields *fields) {
  const unsigned char *in = (const unsigned char *)record->bytes, *end = in + record->length;
  char *at = put_text(to, "{\"log\":\"");
  while (in < end) {
    size_t width = *in < 0x80 ? 1 : character_length(in, (size_t)(end - in));
    if (*in < 0x80) at = put_ascii(at, *in);
    else if (width == 0) at = put_text(at, "\\ufffd");
    else at = put_character(at, in, width);
    in += width == 0 ? 1 : width;
  }
  if (record->whole) at = put_text(at, "\\n");
  at = put_text(at, record->stream == 0 ? "\",\"stream\":\"stdout\"" : "\",\"stream\":\"stderr\"");
  if (fields->length > 0) {
    at = put_text(at, ",\"attrs\":");
    memcpy(at, fields->bytes, fields->length);
    at += fields->length;
  }
  at = put_text(at, ",\"time\":\"");
  at += format_time(at, &record->time);
  at = put_text(at, "\"}\n");
  return (size_t)(at - to);
}
