/*
 * A record of Docker's `local` driver: a LogEntry of its protobuf definition, with its length (4 bytes, the most significant first)
 * before it and behind it, so that a file can be read from its end.
 * message LogEntry { string source = 1; int64 time_nano = 2; bytes line = 3; bool partial = 4; PartialLogEntryMetadata partial_log_metadata = 5; }
 * message PartialLogEntryMetadata { bool last = 1; string id = 2; int32 ordinal = 3; }
 * Source: moby, api/types/plugins/logdriver/entry.proto and daemon/logger/local.
 */
#include <string.h>

#include "log.h"

enum wire { VARINT = 0, BYTES = 2 };

static char *put_varint(char *at, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *at++ = (char)(number | 0x80);
  *at++ = (char)number;
  return at;
}

static char *put_number_field(char *at, unsigned field, uint64_t number) { return put_varint(put_varint(at, field << 3 | VARINT), number); }

static char *put_bytes_field(char *at, unsigned field, const char *bytes, size_t length) {
  at = put_varint(put_varint(at, field << 3 | BYTES), length);
  memcpy(at, bytes, length);
  return at + length;
}

static char *put_size(char *at, size_t size) {
  for (int shift = 24; shift >= 0; shift -= 8) *at++ = (char)(size >> shift);
  return at;
}

static char *put_part(char *at, const struct log_record *record) {
  char metadata[128], *end = metadata;
  if (record->whole) end = put_number_field(end, 1, 1);
  end = put_bytes_field(end, 2, record->part_id, PART_ID_SIZE - 1);
  end = put_number_field(end, 3, record->part);
  at = put_number_field(at, 4, 1);
  return put_bytes_field(at, 5, metadata, (size_t)(end - metadata));
}

size_t encode_local(char *to, const struct log_record *record) {
  char *start = to + 4, *at = put_bytes_field(start, 1, record->stream == 0 ? "stdout" : "stderr", 6);
  at = put_number_field(at, 2, (uint64_t)record->time.tv_sec * 1000000000u + (uint64_t)record->time.tv_nsec);
  /* An empty line has no field, as all of protobuf's defaults. */
  if (record->length > 0) at = put_bytes_field(at, 3, record->bytes, record->length);
  if (record->part > 0) at = put_part(at, record);
  put_size(to, (size_t)(at - start));
  at = put_size(at, (size_t)(at - start));
  return (size_t)(at - to);
}
