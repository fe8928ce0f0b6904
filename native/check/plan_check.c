/*
 * plan-check FILE…: decode each plan as the monitor does, then read every byte that an operation could. Built with sanitizers by
 * the tests, which feed it mutated plans: whatever the bytes, it refuses or accepts, and touches nothing outside.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../plan/plan.h"

static size_t sum;

static void read_text(uint64_t text) {
  if (text != 0) sum += strlen((const char *)(uintptr_t)text);
}

static void read_vector(uint64_t at, uint64_t count, int texts) {
  const uint64_t *entries = (const uint64_t *)(uintptr_t)at;
  for (uint64_t index = 0; index < count; index++)
    if (texts) read_text(entries[index]);
    else sum += entries[index];
  if (texts && entries[count] != 0) abort();
}

static void read_bytes(uint64_t at, uint64_t length) {
  const unsigned char *bytes = (const unsigned char *)(uintptr_t)at;
  for (uint64_t index = 0; index < length; index++) sum += bytes[index];
}

static void read_op(const struct plan_header *plan, const struct plan_op *op) {
  int at = 0;
  for (const char *shape = plan_shape(op->code); *shape != '\0'; shape++) {
    switch (*shape) {
    case 's':
    case 'S': read_text(op->args[at]); break;
    case 'l':
    case 'L':
      if (op->args[at] != PLAN_NONE && op->args[at] >= plan->slots) abort();
      break;
    case 'b': read_bytes(op->args[at], op->args[at + 1]); break;
    case 'a':
    case 'w': read_vector(op->args[at], op->args[at + 1], *shape == 'a'); break;
    default: break;
    }
    at += *shape == 'a' || *shape == 'w' || *shape == 'b' ? 2 : 1;
  }
}

static int check(void *bytes, size_t size) {
  if (plan_load(bytes, size) < 0) return 0;
  const struct plan_header *plan = bytes;
  uint64_t texts[] = {plan->uid_map, plan->gid_map, plan->log_path, plan->started_path, plan->exit_path, plan->socket_path, plan->oom_path};
  for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) read_text(texts[index]);
  if (plan->log_fields != 0) read_bytes(plan->log_fields, plan->log_fields_size);
  if (plan->reclaim != 0) read_vector(plan->reclaim, plan->reclaim_count, 1);
  if (plan->compress != 0) read_vector(plan->compress, plan->compress_count, 1);
  for (uint32_t index = 0; index < plan_count(plan); index++) read_op(plan, &plan->ops[index]);
  return 1;
}

/* Exactly as large as the plan, so that the sanitizer sees a single byte too far. */
static int check_copy(const char *plan, size_t size) {
  char *copy = malloc(size == 0 ? 1 : size);
  if (copy == NULL) abort();
  memcpy(copy, plan, size);
  int accepted = check(copy, size);
  free(copy);
  return accepted;
}

/* A small generator, so that a failing run can be had again by its seed. */
static uint64_t state;
static uint32_t next_random(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static void mutate(char *plan, size_t size) {
  for (uint32_t count = 1 + next_random() % 4; count > 0; count--) {
    size_t at = next_random() % size;
    switch (next_random() % 4) {
    case 0: plan[at] = (char)next_random(); break;
    case 1: plan[at] ^= (char)(1u << next_random() % 8); break;
    case 2: memset(plan + at, next_random() % 2 ? 0xff : 0, size - at < 8 ? size - at : 8); break;
    default: /* an offset near an edge */
      if (at % 8 == 0 && at + 8 <= size) {
        uint64_t edge = size - next_random() % 24;
        memcpy(plan + at, &edge, 8);
      }
    }
  }
}

/* plan-check FILE ROUNDS SEED: prints how many of the mutated plans were accepted. */
int main(int argc, char **argv) {
  struct stat status;
  int fd = argc == 4 ? open(argv[1], O_RDONLY) : -1;
  if (fd < 0 || fstat(fd, &status) < 0) return 2;
  size_t size = (size_t)status.st_size;
  char *plan = malloc(size + 1), *changed = malloc(size + 1);
  if (plan == NULL || changed == NULL || read(fd, plan, size) != (ssize_t)size) return 2;
  close(fd);
  if (!check_copy(plan, size)) return 3;
  for (size_t cut = 0; cut < size; cut++)
    if (check_copy(plan, cut)) return 4;
  state = strtoull(argv[3], NULL, 10);
  unsigned long accepted = 0;
  for (unsigned long round = strtoul(argv[2], NULL, 10); round > 0; round--) {
    memcpy(changed, plan, size);
    mutate(changed, size);
    accepted += (unsigned long)check_copy(changed, size);
  }
  printf("%lu %zu\n", accepted, sum % 2);
  free(plan);
  free(changed);
  return 0;
}
