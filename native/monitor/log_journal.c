/*
 * Records for the systemd journal, a datagram each, in its native protocol: NAME=VALUE lines. Source: systemd's
 * JOURNAL_NATIVE_PROTOCOL document. The fields are those of Docker's journald driver.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../plan/text.h"
#include "log.h"
#include "monitor.h"

/* The fields of all records, and a line: less than a datagram may hold by the kernel's default. */
static char datagram[LONGEST_LINE + 65536 + RECORD_FRAME];

int journal_open(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(monitor.log_path);
  if (length >= sizeof(address.sun_path)) return -ENAMETOOLONG;
  memcpy(address.sun_path, monitor.log_path, length);
  monitor.log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (monitor.log < 0) return -errno;
  if (connect(monitor.log, (struct sockaddr *)&address, sizeof(address)) == 0) return 0;
  int error = errno;
  close(monitor.log);
  monitor.log = -1;
  return -error;
}

static void put_bytes(struct text *text, const char *bytes, size_t length) {
  for (size_t index = 0; index < length; index++) put_byte(text, bytes[index]);
}

/* A line holds no newline, so the simple form of a field holds any. */
size_t encode_journal(char *to, const struct log_record *record, const struct log_fields *fields) {
  struct text text = text_in(to, record->length + fields->length + RECORD_FRAME);
  put_string(&text, "MESSAGE=");
  put_bytes(&text, record->bytes, record->length);
  /* stderr is an error to the journal, stdout information. */
  put_string(&text, record->stream == 0 ? "\nPRIORITY=6\n" : "\nPRIORITY=3\n");
  if (record->part > 0) {
    if (!record->whole) put_string(&text, "CONTAINER_PARTIAL_MESSAGE=true\n");
    put_string(&text, "CONTAINER_PARTIAL_ID=");
    put_string(&text, record->part_id);
    put_string(&text, "\nCONTAINER_PARTIAL_ORDINAL=");
    put_number(&text, record->part);
    put_string(&text, record->whole ? "\nCONTAINER_PARTIAL_LAST=true\n" : "\nCONTAINER_PARTIAL_LAST=false\n");
  }
  put_bytes(&text, fields->bytes, fields->length);
  int length = text_finish(&text);
  return length < 0 ? 0 : (size_t)length;
}

/* A journal that was started anew has another socket at the same path. Where there is none yet, the next record tries again. */
static int reconnect(void) {
  if (monitor.log >= 0) close(monitor.log);
  monitor.log = -1;
  return journal_open() == 0;
}

int journal_send(const struct log_record *record, const struct log_fields *fields) {
  size_t length = encode_journal(datagram, record, fields);
  for (int tries = 0; tries < 2; tries++) {
    ssize_t sent = send(monitor.log, datagram, length, MSG_NOSIGNAL);
    if (sent >= 0) return 1;
    if (errno == EAGAIN) return 0;
    if (errno == EINTR) tries--;
    else if (errno == EMSGSIZE || errno == ENOBUFS || !reconnect()) break;
  }
  /* Nobody takes it: as on a full disk, the record is lost and the container goes on. */
  return 1;
}
