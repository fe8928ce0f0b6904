/* What the container writes, cut into records: lines of at most 16 KiB, as Docker splits them. */
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "monitor.h"

/* What has no newline yet, of stdout and of stderr, and how far a line that grew too long is. */
static char unfinished[2][LONGEST_LINE];
static size_t unfinished_length[2];
static struct long_line {
  uint32_t parts;
  struct timespec time;
  char id[PART_ID_SIZE];
} long_lines[2];

/* What the journal didn't take yet, in its order. Output isn't read meanwhile, so there is a chunk of each stream at most. */
static struct {
  int stream;
  char *bytes;
  size_t at, end;
} waiting[2];
static int waiting_count;
/* Bytes that it took after they had waited. */
static size_t continued;

int log_open(void) {
  switch (monitor.log_driver) {
  case LOG_NONE: return 0;
  case LOG_JOURNALD: return journal_open();
  default: return log_file_open();
  }
}

static int put_record(const struct log_record *record) {
  if (monitor.log_driver == LOG_JOURNALD) return journal_send(record, &monitor.log_fields);
  char *to = log_file_room(6 * record->length + monitor.log_fields.length + RECORD_FRAME);
  if (to == NULL) return 1;
  log_file_add(monitor.log_driver == LOG_LOCAL ? encode_local(to, record) : encode_json(to, record, &monitor.log_fields));
  return 1;
}

static void name_line(struct long_line *line) {
  static const char hex[] = "0123456789abcdef";
  unsigned char random[(PART_ID_SIZE - 1) / 2] = {0};
  (void)!getrandom(random, sizeof(random), GRND_NONBLOCK);
  for (size_t index = 0; index < sizeof(random); index++) {
    line->id[2 * index] = hex[random[index] >> 4];
    line->id[2 * index + 1] = hex[random[index] & 15];
  }
}

/* A part of a line that is longer, or that ends without a newline. 0 when it must wait. */
static int put_part(int stream) {
  struct long_line *line = &long_lines[stream];
  if (line->parts == 0) {
    name_line(line);
    clock_gettime(CLOCK_REALTIME, &line->time);
  }
  struct log_record record = {.bytes = unfinished[stream], .length = unfinished_length[stream], .stream = stream};
  record.part = line->parts + 1;
  record.part_id = line->id;
  record.time = line->time;
  if (!put_record(&record)) return 0;
  line->parts++;
  unfinished_length[stream] = 0;
  return 1;
}

/* A line's end, whose start may be kept already. 0 when it must wait. */
static int put_line(int stream, const char *bytes, size_t length) {
  struct long_line *line = &long_lines[stream];
  struct log_record record = {.bytes = bytes, .length = length, .stream = stream, .whole = 1};
  if (unfinished_length[stream] > 0) {
    memcpy(unfinished[stream] + unfinished_length[stream], bytes, length);
    record.bytes = unfinished[stream];
    record.length = unfinished_length[stream] + length;
  }
  if (line->parts > 0) {
    record.part = line->parts + 1;
    record.part_id = line->id;
    record.time = line->time;
  } else {
    clock_gettime(CLOCK_REALTIME, &record.time);
  }
  if (!put_record(&record)) return 0;
  line->parts = 0;
  unfinished_length[stream] = 0;
  return 1;
}

static int is_full(int stream) { return unfinished_length[stream] == LONGEST_LINE; }

/* How much of `bytes` was taken: all, unless the journal takes no more now. */
static size_t take(int stream, const char *bytes, size_t length) {
  size_t done = 0;
  while (done < length) {
    if (is_full(stream) && !put_part(stream)) return done;
    size_t room = LONGEST_LINE - unfinished_length[stream], seen = length - done < room ? length - done : room;
    const char *newline = memchr(bytes + done, '\n', seen);
    if (newline == NULL) {
      memcpy(unfinished[stream] + unfinished_length[stream], bytes + done, seen);
      unfinished_length[stream] += seen;
      done += seen;
    } else {
      size_t part = (size_t)(newline - (bytes + done));
      if (!put_line(stream, bytes + done, part)) return done;
      done += part + 1;
    }
  }
  if (is_full(stream)) (void)put_part(stream);
  return done;
}

static void keep_waiting(int stream, const char *bytes, size_t length) {
  char *copy = waiting_count < 2 ? malloc(length) : NULL;
  if (copy == NULL) return;
  memcpy(copy, bytes, length);
  waiting[waiting_count].stream = stream;
  waiting[waiting_count].bytes = copy;
  waiting[waiting_count].at = 0;
  waiting[waiting_count++].end = length;
}

int log_waits(void) { return waiting_count > 0; }

size_t log_taken(void) { return continued; }

void log_bytes(int stream, const char *bytes, size_t length) {
  if (monitor.log_driver == LOG_NONE) return;
  size_t taken = log_waits() ? 0 : take(stream, bytes, length);
  if (taken < length) keep_waiting(stream, bytes + taken, length - taken);
  log_file_flush();
}

/* The journal takes more. */
void log_continue(void) {
  while (waiting_count > 0) {
    size_t taken = take(waiting[0].stream, waiting[0].bytes + waiting[0].at, waiting[0].end - waiting[0].at);
    waiting[0].at += taken;
    continued += taken;
    if (waiting[0].at < waiting[0].end) return;
    free(waiting[0].bytes);
    waiting[0] = waiting[1];
    waiting_count--;
  }
}

/* The journal takes nothing, and the container has ended: what waits is lost. */
void log_give_up(void) {
  while (waiting_count > 0) free(waiting[--waiting_count].bytes);
  close(monitor.log);
  monitor.log = -1;
  monitor.log_driver = LOG_NONE;
}

void log_close(void) {
  for (int stream = 0; stream < 2 && monitor.log_driver != LOG_NONE; stream++)
    if (unfinished_length[stream] > 0) (void)put_part(stream);
  log_file_flush();
}
