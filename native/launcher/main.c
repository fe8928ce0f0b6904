/*
 * tsrun: start the command line with the Node.js that came with it: under sudo, or on a machine of its own mind, `node` is another
 * one. A program and not a script, as a shell would take a millisecond of every command, and two more to look through a link.
 *
 * It lies one folder below the project's, as build/tsrun-launcher; bin/tsrun is a link to it. See docs/decisions/launcher.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__aarch64__)
#define MACHINE "arm64"
#else
#define MACHINE "x64"
#endif

/* Docker's exit code where a container could not be started. */
#define EXIT_NOT_RUN 125
#define MOST_FLAGS 16

/* How Node.js is started for frequent commands: docs/decisions/start-flags.md, and src/engine/start-flags.ts for the same. */
#define QUICK_FLAGS                                                                                                                                  \
  "--no-rehash-snapshot", "--single-threaded", "--no-opt", "--no-maglev", "--no-sparkplug", "--min-semi-space-size=4", "--v8-pool-size=1",           \
      "--regexp-interpret-all", "--disable-sigusr1", "--openssl-config=/dev/null", "--preserve-symlinks-main", "--no-global-search-paths"
#define LIST_FLAGS "--no-rehash-snapshot", "--no-opt", "--no-maglev", "--min-semi-space-size=16", "--disable-sigusr1"

struct frequent {
  const char *command;
  const char *flags[MOST_FLAGS];
};

static const struct frequent frequent_commands[] = {
    {"run", {QUICK_FLAGS}},        {"exec", {QUICK_FLAGS}},      {"start", {QUICK_FLAGS}},     {"stop", {QUICK_FLAGS}}, {"rm", {QUICK_FLAGS}},
    {"__compress", {QUICK_FLAGS}}, {"__reclaim", {QUICK_FLAGS}}, {"__restart", {QUICK_FLAGS}}, {"ps", {LIST_FLAGS}},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The flags for a command; NULL where Node.js starts as it is. */
static const char *const *flags_for(const char *command) {
  for (size_t i = 0; i < COUNT(frequent_commands); i++)
    if (strcmp(command, frequent_commands[i].command) == 0) return frequent_commands[i].flags;
  return NULL;
}

/* The first of the words that is a frequent command. One that only looks like one costs some milliseconds. */
static const char *const *flags_among(char *const *words) {
  for (; *words != NULL; words++) {
    const char *const *flags = flags_for(*words);
    if (flags != NULL) return flags;
  }
  return NULL;
}

static int names(char *const *words, const char *command) {
  for (; *words != NULL; words++)
    if (strcmp(*words, command) == 0) return 1;
  return 0;
}

/* Write the project's folder to `home`, without a slash at its end: -1 and errno where the kernel doesn't tell where this program lies. */
static int find_home(char home[PATH_MAX]) {
  ssize_t length = readlink("/proc/self/exe", home, PATH_MAX - 1);
  if (length < 0) return -1;
  home[length] = '\0';
  for (int above = 0; above < 2; above++) {
    char *slash = strrchr(home, '/');
    if (slash == NULL) {
      errno = ENOENT;
      return -1;
    }
    *slash = '\0';
  }
  return 0;
}

/* A path in the project's folder; NULL and errno where it is too long. */
static char *path_in(const char *home, const char *name) {
  char *path;
  return asprintf(&path, "%s/%s", home, name) < 0 ? NULL : path;
}

static void be_quiet(void) {
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
}

/* Have Node.js lie in huge pages (docs/decisions/node-in-huge-pages.md). It starts all the same where that fails. */
static void page_in(const char *program, const char *node) {
  pid_t child = fork();
  if (child == 0) {
    be_quiet();
    execl(program, program, node, (char *)NULL);
    _exit(127);
  }
  int status;
  if (child > 0)
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
}

static int fail(const char *home, const char *what) {
  fprintf(stderr, "tsrun: %s; run %s/scripts/setup\n", what, home);
  return EXIT_NOT_RUN;
}

/* What Node.js is called with: its flags, our program, and our words. NULL and errno where there is no memory. */
static char **node_words(char *node, const char *const *flags, char *program, int count, char **words) {
  char **all = calloc((size_t)count + MOST_FLAGS + 4, sizeof(*all));
  if (all == NULL) return NULL;
  char **next = all;
  *next++ = node;
  for (; flags != NULL && *flags != NULL; flags++) *next++ = (char *)*flags;
  /* After it Node looks for no options of its own: it would read the file that `tsrun run --env-file` names into our environment. */
  *next++ = "--";
  *next++ = program;
  memcpy(next, words, (size_t)count * sizeof(*words));
  return all;
}

int main(int argc, char **argv) {
  char home[PATH_MAX];
  if (argc < 1 || find_home(home) < 0) {
    fprintf(stderr, "tsrun: /proc/self/exe doesn't say where tsrun lies (%s); is /proc mounted?\n", strerror(errno));
    return EXIT_NOT_RUN;
  }
  char *program = path_in(home, "dist/tsrun.cjs");
  char *node = path_in(home, "node_modules/node-linux-" MACHINE "/bin/node");
  char *page_in_program = path_in(home, "build/tsrun-page-in");
  if (program == NULL || node == NULL || page_in_program == NULL) return fail(home, strerror(errno));
  if (access(program, F_OK) < 0) return fail(home, "it isn't built yet");

  const char *const *flags = flags_among(argv + 1);
  /* The machine has just started, and nothing has read Node.js yet. */
  if (flags == NULL && names(argv + 1, "restore")) page_in(page_in_program, node);
  char **words = node_words(node, flags, program, argc - 1, argv + 1);
  if (words == NULL) return fail(home, strerror(errno));
  execv(node, words);
  if (errno == ENOENT) return fail(home, "its Node.js is missing from node_modules");
  fprintf(stderr, "tsrun: %s: %s\n", node, strerror(errno));
  return EXIT_NOT_RUN;
}
