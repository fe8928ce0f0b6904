/* Raw mode, and the way back from it. */
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "client.h"

static struct termios original;
static int raw_fd = -1;

int make_raw(int fd) {
  struct termios raw;
  if (tcgetattr(fd, &original) < 0) return -errno;
  raw = original;
  cfmakeraw(&raw);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(fd, TCSANOW, &raw) < 0) return -errno;
  raw_fd = fd;
  return 0;
}

void restore_terminal(void) {
  if (raw_fd >= 0) tcsetattr(raw_fd, TCSANOW, &original);
  raw_fd = -1;
}

int window_size(int fd, struct frame_size *size) {
  struct winsize found;
  if (fd < 0 || ioctl(fd, TIOCGWINSZ, &found) < 0) return -errno;
  *size = (struct frame_size){.rows = found.ws_row, .columns = found.ws_col};
  return 0;
}
