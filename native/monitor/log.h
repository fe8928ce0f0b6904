/* The container's log: lines taken apart once, and written in the form of one of three drivers. */
#ifndef TSRUN_LOG_H
#define TSRUN_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A line longer than this is several records, as Docker splits it. */
#define LONGEST_LINE 16384
/* What a record may take beside six times its bytes, without the fields that all records share. */
#define RECORD_FRAME 512

enum log_driver { LOG_NONE = 0, LOG_JSON_FILE = 1, LOG_LOCAL = 2, LOG_JOURNALD = 3 };

#define PART_ID_SIZE 65

/* A line, or a part of one. */
struct log_record {
  const char *bytes;
  size_t length;
  int stream;           /* 0 stdout, 1 stderr */
  int whole;            /* the line ends here */
  uint32_t part;        /* 0, or which part of a longer line it is, from 1 */
  const char *part_id;  /* the same for all parts of one line */
  struct timespec time; /* of the first part, as Docker's */
};

/* What all records of a container carry: JSON of `attrs`, or fields of the journal. */
struct log_fields {
  const char *bytes;
  size_t length;
};

/* log_json.c, log_local.c, log_journal.c: `to` has room for six times the record's length, the fields and RECORD_FRAME. The length written. */
size_t encode_json(char *to, const struct log_record *record, const struct log_fields *fields);
size_t encode_local(char *to, const struct log_record *record);
size_t encode_journal(char *to, const struct log_record *record, const struct log_fields *fields);

/* log_file.c: the log's file and those that were rotated away. */
int log_file_open(void);
/* Room for one more record; full, what is there is written first. */
char *log_file_room(size_t size);
void log_file_add(size_t size);
void log_file_flush(void);
/* The log's own path, or that of an older file: PATH.NUMBER and `ending`. As text_finish. */
int log_file_path(char *path, size_t size, uint32_t number, const char *ending);

/* log_journal.c: 0, or a negative errno. */
int journal_open(void);
/* 1 when it was sent (or can't ever be), 0 when the journal takes no more now. */
int journal_send(const struct log_record *record, const struct log_fields *fields);

#endif
