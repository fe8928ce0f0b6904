/* The monitor of one container: parent of its PID 1, holder of its streams, and what remains when the command that started it is gone. */
#ifndef TSRUN_MONITOR_H
#define TSRUN_MONITOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../plan/plan.h"
#include "../protocol.h"
#include "log.h"

#define FIRST_CONTROL_FD 3
#define MOST_CLIENTS 64
#define OUTPUT_CHUNK 65536 /* a whole pipe: fewer turns for much output */
#define INPUT_CHUNK 16384
/* What a container may leave behind in its pipes: the largest that the kernel makes by default. */
#define LEFTOVER_MOST (1 << 20)
/* How long a client may take nothing while others wait for it, in milliseconds. Docker's holds everyone up for ever. */
#define PATIENCE 10000
/* Both streams' chunks, and the answers to what one read of requests may hold; a client that has more waiting isn't read from. */
#define OUTPUT_SPACE (2 * OUTPUT_CHUNK + 3 * INPUT_CHUNK)
#define OUTPUT_FULL (2 * OUTPUT_CHUNK + INPUT_CHUNK / 2)

struct client {
  int fd;
  uint8_t in, out, err, claims, left, eof_pending, broken;
  /* It read nothing for long while others waited: what it misses until it has caught up. */
  uint8_t skips;
  uint64_t skipped;
  int64_t stalled_at; /* monotonic milliseconds of its last progress; counts while output waits for it */
  /* The frame that is being received; `text` holds small ones, stdin passes through. */
  struct frame frame;
  size_t header_got, got;
  char text[16];
  /* What its socket didn't take yet, and what the container's stdin didn't; made when first needed. */
  char *output, *input;
  size_t output_at, output_end, output_size, input_at, input_end;
};

/* The options that outlive the plan, and the state of everything. There is one. */
struct monitor {
  /* options */
  uint32_t flags, log_driver, log_max_files;
  uint64_t log_max_size;
  struct log_fields log_fields;
  char *log_path, *started_path, *exit_path, *oom_path, **reclaim, **compress;
  /* descriptors; -1 where there is none */
  int channel, pidfd, listener, sources[2], stdin_sink, master, log;
  pid_t pid;
  /* how far it is */
  uint8_t started, failed, ended, undecided, size_known, at_break;
  int status;
  struct frame_size size;
  struct frame_failed failure;
  uint64_t started_at, clone_at, cloned_at;
  struct walk walk;
  size_t plan_size;
  struct client *clients[MOST_CLIENTS];
  size_t client_count;
};

extern struct monitor monitor;

/* handover.c */
int await_handover(int descriptors[HANDED_MOST]);
/* start.c */
int start_container(void);
void release_break(void);
/* child.c: clone3(2), and in the new process the child's list. */
pid_t clone_child(void);
/* events.c: what the child says while it walks. */
void handle_channel(void);
void report_failure(enum plan_list list, uint32_t index, int error);
/* streams.c */
int prepare_streams(void);
void after_clone(void);
int reads_output(void);
void read_source(int index);
void output_gone(struct client *client, uint32_t streams);
void drain_sources(void);
void take_terminal(int master);
void resize_terminal(void);
/* input.c */
void take_input(struct client *client, const char *bytes, size_t length);
void take_input_end(struct client *client);
void flush_input(void);
int input_waits(void);
void input_gone(struct client *client);
/* clients.c */
struct client *add_client(int fd);
void accept_client(void);
void drop_broken_clients(void);
void send_frame(struct client *client, uint32_t type, const void *bytes, size_t length);
void broadcast(uint32_t type, const void *bytes, size_t length);
void flush_client(struct client *client);
int output_waits(void);
/* How long until a client that holds others up is to miss output; -1: nobody does. */
int patience_left(void);
void skip_stalled(void);
void send_output(struct client *client, uint32_t type, const void *bytes, size_t length);
/* What was missed, said once all before it is delivered. */
void tell_skipped(struct client *client);
int64_t milliseconds_now(void);
/* requests.c */
void read_client(struct client *client);
/* log.c */
int log_open(void);
void log_bytes(int stream, const char *bytes, size_t length);
/* Whether the journal hasn't taken what it was given; then go on when it can. */
int log_waits(void);
/* How much it has taken since; grows while the journal reads, however slowly. */
size_t log_taken(void);
void log_continue(void);
void log_give_up(void);
void log_close(void);
/* log_file.c: whether a file is full, and the one before it still being compressed: nothing is read meanwhile. */
int log_file_waits(void);
/* How much output may be read at a time. */
size_t log_file_chunk(void);
/* log_compress.c: the process that compresses PATH.1, one at a time. */
void compress_settle(void);
void compress_start(void);
/* Readable at its end; -1 while none runs. */
int compress_fd(void);
void compress_ended(void);
/* Kill what runs, and start no more. */
void compress_stop(void);
/* time.c */
#define TIME_SIZE 40
size_t format_time(char *time, const struct timespec *when);
/* records.c */
void write_started_record(uint64_t start_time);
void reserve_exit_record(void);
void forget_exit_record(void);
void write_exit_record(int status, int signal, int oom_killed, int durable);
uint64_t read_start_time(pid_t pid);
int read_oom_kills(void);
/* listener.c */
int listen_at(const char *path);
/* finish.c */
void reap_container(void);
/* The one client that an exec belongs to is gone. */
void end_with_client(void);
_Noreturn void finish(void);
/* loop.c */
_Noreturn void run_loop(void);

#endif
