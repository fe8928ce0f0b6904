/*
 * tsrun-page-in FILE...: have the kernel keep each file in its page cache in huge pages, where the file's file system has such.
 *
 * Node.js is a program of over 100 MB. Read piece by piece, as its first start does, it lies in the cache in small pages, and every
 * later start maps those it uses anew, by a page fault for each few of them. In huge pages a fault maps 2 MB.
 * Says for each file how much of it can be mapped so. A file that can't is read all the same, and left as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
/* As long as the kernel's headers may be older than the kernel (Linux 5.14). */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

/* A mapping of a whole file whose huge pages fall on addresses that can take them. */
struct mapping {
  void *reserved;
  size_t reserved_size;
  char *at;
};

static int map_file(struct mapping *mapping, int fd, size_t size) {
  mapping->reserved_size = size + HUGE_PAGE;
  mapping->reserved = mmap(NULL, mapping->reserved_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping->reserved == MAP_FAILED) return -1;
  mapping->at = (char *)(((uintptr_t)mapping->reserved + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
  if (mmap(mapping->at, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED) return 0;
  int error = errno;
  munmap(mapping->reserved, mapping->reserved_size);
  errno = error;
  return -1;
}

static void unmap_file(struct mapping *mapping) { munmap(mapping->reserved, mapping->reserved_size); }

/* How many kB of the mapping that begins at an address are mapped in huge pages: proc(5), FilePmdMapped; 0 where it isn't told. */
static unsigned long huge_kilobytes(const void *at) {
  FILE *maps = fopen("/proc/self/smaps", "re");
  if (maps == NULL) return 0;
  char line[512];
  int here = 0;
  unsigned long huge = 0;
  while (fgets(line, sizeof(line), maps) != NULL) {
    char *end;
    unsigned long start = strtoul(line, &end, 16);
    if (*end == '-') here = start == (uintptr_t)at;
    if (here && sscanf(line, "FilePmdMapped: %lu kB", &huge) == 1) break;
  }
  fclose(maps);
  return huge;
}

/* Map what is in the cache, and tell how many kB of it are in huge pages; -1 and errno where it can't be mapped. */
static long look(int fd, size_t size, int advice) {
  struct mapping mapping;
  if (map_file(&mapping, fd, size) < 0) return -1;
  /* Both are advice: a kernel without huge pages, or older than 5.14, refuses it, and nothing is lost. */
  if (advice != 0) madvise(mapping.at, size, advice);
  madvise(mapping.at, size, MADV_POPULATE_READ);
  long huge = (long)huge_kilobytes(mapping.at);
  unmap_file(&mapping);
  return huge;
}

/* Read the file anew, in huge pages. What is dirty can't be dropped, nor what a process has mapped: the one is written before. */
static long read_anew(int fd, size_t size) {
  fsync(fd);
  int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  if (error != 0) {
    errno = error;
    return -1;
  }
  return look(fd, size, MADV_HUGEPAGE);
}

static int page_in(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat found;
  long huge = -1;
  if (fstat(fd, &found) == 0) {
    size_t size = (size_t)found.st_size;
    unsigned long wanted = size / HUGE_PAGE * (HUGE_PAGE / 1024);
    huge = size == 0 ? 0 : look(fd, size, 0);
    if (huge >= 0 && (unsigned long)huge < wanted) huge = read_anew(fd, size);
    if (huge >= 0) printf("%s: %ld of %lu kB in huge pages\n", path, huge, wanted);
  }
  int error = errno;
  close(fd);
  errno = error;
  return huge < 0 ? -1 : 0;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: tsrun-page-in FILE...\n");
    return 125;
  }
  int status = 0;
  for (int i = 1; i < argc; i++) {
    if (page_in(argv[i]) == 0) continue;
    fprintf(stderr, "tsrun-page-in: %s: %s\n", argv[i], strerror(errno));
    status = 1;
  }
  return status;
}
