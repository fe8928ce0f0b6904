/* Check an encoded plan and turn its offsets into addresses. It trusts nothing: a test feeds it mutated bytes. */
#include "plan.h"

#include <errno.h>
#include <string.h>

struct loader {
  char *base;
  uint64_t size, data;
  uint32_t slots;
};

static const char *const shapes[] = {
#define PLAN_OP(name, code, shape) [code] = shape,
#include "plan_ops.def"
#undef PLAN_OP
};

const char *plan_shape(uint32_t code) { return code < sizeof(shapes) / sizeof(shapes[0]) ? shapes[code] : NULL; }

/* The encoding ends with eight zero bytes that no vector or blob may cover, so every text inside ends inside. */
static int load_range(const struct loader *loader, uint64_t *offset, uint64_t bytes) {
  if (*offset < loader->data || *offset > loader->size - 8 || bytes > loader->size - 8 - *offset) return -EINVAL;
  *offset = (uint64_t)(uintptr_t)(loader->base + *offset);
  return 0;
}

static int load_text(const struct loader *loader, uint64_t *text, int optional) {
  if (*text == 0) return optional ? 0 : -EINVAL;
  return load_range(loader, text, 0);
}

/* A vector of `count` entries and, for texts, the NULL that closes it. */
static int load_vector(const struct loader *loader, uint64_t *offset, uint64_t count, int texts) {
  if (count > loader->size / 8 || *offset % 8 != 0) return -EINVAL;
  if (load_range(loader, offset, (count + 1) * 8) < 0) return -EINVAL;
  uint64_t *entries = (uint64_t *)(uintptr_t)*offset;
  if (!texts) return 0;
  for (uint64_t index = 0; index < count; index++)
    if (load_text(loader, &entries[index], 0) < 0) return -EINVAL;
  entries[count] = 0;
  return 0;
}

static int load_slot(const struct loader *loader, uint64_t slot, int optional) {
  if (slot == PLAN_NONE) return optional ? 0 : -EINVAL;
  return slot < loader->slots ? 0 : -EINVAL;
}

static int load_argument(const struct loader *loader, char shape, uint64_t *args) {
  switch (shape) {
  case 'n': return 0;
  case 's':
  case 'S': return load_text(loader, args, shape == 'S');
  case 'l':
  case 'L': return load_slot(loader, args[0], shape == 'L');
  case 'b': return load_range(loader, args, args[1]);
  default: return load_vector(loader, args, args[1], shape == 'a');
  }
}

static int load_op(const struct loader *loader, struct plan_op *op) {
  const char *shape = plan_shape(op->code);
  if (shape == NULL) return -EINVAL;
  for (int index = 0; *shape != '\0'; shape++) {
    if (load_argument(loader, *shape, &op->args[index]) < 0) return -EINVAL;
    index += *shape == 'a' || *shape == 'w' || *shape == 'b' ? 2 : 1;
  }
  return 0;
}

static int load_options(const struct loader *loader, struct plan_header *plan) {
  uint64_t *texts[] = {&plan->uid_map,      &plan->gid_map,   &plan->log_path, &plan->socket_path,
                       &plan->started_path, &plan->exit_path, &plan->oom_path};
  for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++)
    if (load_text(loader, texts[index], 1) < 0) return -EINVAL;
  if (load_slot(loader, plan->clone_cgroup, 1) < 0 || load_slot(loader, plan->lock, 1) < 0) return -EINVAL;
  if (plan->log_fields != 0 && load_range(loader, &plan->log_fields, plan->log_fields_size) < 0) return -EINVAL;
  if (plan->reclaim != 0 && load_vector(loader, &plan->reclaim, plan->reclaim_count, 1) < 0) return -EINVAL;
  return plan->compress == 0 ? 0 : load_vector(loader, &plan->compress, plan->compress_count, 1);
}

static int check_header(const struct plan_header *plan, size_t size) {
  if (plan->magic != PLAN_MAGIC || plan->version != PLAN_VERSION) return -EINVAL;
  if (plan->size != size || plan->slots > PLAN_SLOTS || plan->handles > plan->slots) return -EINVAL;
  uint64_t ops = (uint64_t)plan->before + plan->child;
  if (ops > size / sizeof(struct plan_op)) return -EINVAL;
  if (plan->data != sizeof(*plan) + ops * sizeof(struct plan_op) || plan->data > size - 8) return -EINVAL;
  return 0;
}

int plan_load(void *bytes, size_t size) {
  struct plan_header *plan = bytes;
  if (size < sizeof(*plan) + 8 || size > UINT32_MAX || size % 8 != 0 || check_header(plan, size) < 0) return -EINVAL;
  static const char zero[8];
  if (memcmp((char *)bytes + size - 8, zero, 8) != 0) return -EINVAL;
  struct loader loader = {.base = bytes, .size = size, .data = plan->data, .slots = plan->slots};
  if (load_options(&loader, plan) < 0) return -EINVAL;
  for (uint32_t index = 0; index < plan_count(plan); index++)
    if (load_op(&loader, &plan->ops[index]) < 0) return -EINVAL;
  return 0;
}
