/*
 * Logs in files: records gathered into large writes, and rotation by size. PATH is the newest, PATH.1 the one before it; where they are
 * compressed (log_compress.c), PATH.1.gz.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../plan/text.h"
#include "log.h"
#include "monitor.h"

#define GATHERED 32768
/* The fields of all records are JSON of at most this (src/process/log-options.ts). */
#define LONGEST_FIELDS 65536

/* Records to be written at once; room behind for one more of the longest. */
static char gathered[GATHERED + 6 * LONGEST_LINE + LONGEST_FIELDS + RECORD_FRAME];
static size_t gathered_length;
/* With what is gathered. */
static uint64_t file_size;

static int open_file(void) {
  monitor.log = open(monitor.log_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (monitor.log < 0) return -errno;
  struct stat status;
  file_size = fstat(monitor.log, &status) == 0 ? (uint64_t)status.st_size : 0;
  return 0;
}

/* A length of a `local` record, the most significant byte first. */
static uint64_t length_at(uint64_t offset) {
  unsigned char bytes[4];
  if (offset + 4 > file_size || pread(monitor.log, bytes, 4, (off_t)offset) != 4) return UINT64_MAX;
  return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 | bytes[3];
}

/* Where a whole record that begins at `offset` ends; `offset` where none does. */
static uint64_t record_end(uint64_t offset) {
  uint64_t length = length_at(offset);
  return length != UINT64_MAX && length_at(offset + 4 + length) == length ? offset + 8 + length : offset;
}

/* The last monitor may have been killed in the midst of a record: what is written behind half a record could not be read. */
static void mend(void) {
  char last = '\n';
  if (file_size == 0) return;
  if (monitor.log_driver == LOG_JSON_FILE) {
    if (pread(monitor.log, &last, 1, (off_t)file_size - 1) != 1 || last == '\n') return;
    gathered[gathered_length] = '\n';
    log_file_add(1);
    log_file_flush();
    return;
  }
  uint64_t length = length_at(file_size - 4), end = 0;
  if (length + 8 <= file_size && length_at(file_size - 8 - length) == length) return;
  for (uint64_t next = record_end(0); next != end; next = record_end(end)) end = next;
  if (ftruncate(monitor.log, (off_t)end) == 0) file_size = end;
}

int log_file_open(void) {
  if (monitor.compress != NULL) compress_settle();
  int result = open_file();
  if (result == 0) mend();
  return result;
}

/* The log's path itself is number 0. */
int log_file_path(char *path, size_t size, uint32_t number, const char *ending) {
  struct text text = text_in(path, size);
  put_string(&text, monitor.log_path);
  if (number > 0) {
    put_byte(&text, '.');
    put_number(&text, number);
  }
  put_string(&text, ending);
  return text_finish(&text);
}

static int move_up(uint32_t number, const char *ending) {
  char from[4096], to[4096];
  if (log_file_path(from, sizeof(from), number, ending) < 0 || log_file_path(to, sizeof(to), number + 1, ending) < 0) return -1;
  return rename(from, to);
}

/*
 * The same where a file may be compressed or not: its new number must be nobody's in either form. The last one of all is the one that is
 * to go; any other number has just been left.
 */
static void move_up_compressed(uint32_t number) {
  static const char *const endings[] = {"", ".gz"};
  char path[4096];
  for (int form = 0; form < 2; form++) {
    if (log_file_path(path, sizeof(path), number, endings[form]) < 0 || access(path, F_OK) < 0) continue;
    if (log_file_path(path, sizeof(path), number + 1, endings[1 - form]) > 0) unlink(path);
    (void)move_up(number, endings[form]);
    return;
  }
}

/* path.1 becomes path.2, path path.1. One file alone is a new one too: who reads the old one sees that it has a successor. */
static void rotate(void) {
  close(monitor.log);
  if (monitor.log_max_files <= 1) unlink(monitor.log_path);
  for (uint32_t number = monitor.log_max_files; number-- > 1;) {
    if (monitor.compress == NULL) (void)move_up(number - 1, "");
    else move_up_compressed(number - 1);
  }
  (void)open_file();
  compress_start();
}

static int is_due(void) { return monitor.log_max_size > 0 && file_size >= monitor.log_max_size; }

int log_file_waits(void) { return compress_fd() >= 0 && is_due(); }

/* What an empty line becomes, without the fields that all records share: the most bytes for one of output. */
#define LONGEST_FOR_A_BYTE 80
#define LEAST_CHUNK 512

/*
 * Whatever is read is written at once: no client is told what the log hasn't got. So that a file which can't be followed by another yet
 * grows little over its size, less is read the fuller it is.
 */
size_t log_file_chunk(void) {
  if (monitor.compress == NULL) return OUTPUT_CHUNK;
  uint64_t room = is_due() ? monitor.log_max_size : monitor.log_max_size - file_size;
  uint64_t fits = room / (LONGEST_FOR_A_BYTE + monitor.log_fields.length);
  if (monitor.log_max_size == 0 || fits > OUTPUT_CHUNK) return OUTPUT_CHUNK;
  return fits > LEAST_CHUNK ? (size_t)fits : LEAST_CHUNK;
}

/* A full disk loses records, not the container; and no half record is left, which would spoil the next one. */
void log_file_flush(void) {
  size_t at = 0;
  while (at < gathered_length && monitor.log >= 0) {
    ssize_t written = write(monitor.log, gathered + at, gathered_length - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    at += (size_t)written;
  }
  if (at < gathered_length && monitor.log >= 0) {
    file_size -= gathered_length;
    (void)!ftruncate(monitor.log, (off_t)file_size);
  }
  gathered_length = 0;
}

char *log_file_room(size_t size) {
  /* After a rotation on a disk without inodes there is no new file: it is tried again for each record. */
  if (monitor.log < 0 && open_file() < 0) return NULL;
  /* Numbers stay as they are while one of the files is being compressed. */
  if (is_due() && compress_fd() < 0) {
    log_file_flush();
    rotate();
  }
  if (gathered_length >= GATHERED) log_file_flush();
  return size <= sizeof(gathered) - gathered_length ? gathered + gathered_length : NULL;
}

void log_file_add(size_t size) {
  gathered_length += size;
  file_size += size;
}
