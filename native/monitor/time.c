/* The time as Go, and so Docker, writes it. */
#include <time.h>

#include "../plan/text.h"
#include "monitor.h"

/* Days since 1970 to a date, by the calendar that begins in March, where leap days come last (Howard Hinnant's civil_from_days). */
static void put_date(struct text *text, uint64_t days) {
  days += 719468;
  uint64_t era = days / 146097, day = days % 146097;
  uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  uint64_t of_year = day - (365 * year + year / 4 - year / 100);
  uint64_t month = (5 * of_year + 2) / 153;
  put_digits(text, year + era * 400 + (month >= 10), 4);
  put_byte(text, '-');
  put_digits(text, month < 10 ? month + 3 : month - 9, 2);
  put_byte(text, '-');
  put_digits(text, of_year - (153 * month + 2) / 5 + 1, 2);
}

static void put_clock(struct text *text, uint64_t seconds) {
  put_byte(text, 'T');
  put_digits(text, seconds / 3600, 2);
  put_byte(text, ':');
  put_digits(text, seconds / 60 % 60, 2);
  put_byte(text, ':');
  put_digits(text, seconds % 60, 2);
}

/* RFC 3339 with nanoseconds, without trailing zeros. Needs TIME_SIZE bytes; returns the length. */
size_t format_time(char *time, const struct timespec *when) {
  struct text text = text_in(time, TIME_SIZE);
  put_date(&text, (uint64_t)when->tv_sec / 86400);
  put_clock(&text, (uint64_t)when->tv_sec % 86400);
  if (when->tv_nsec != 0) {
    put_byte(&text, '.');
    put_digits(&text, (uint64_t)when->tv_nsec, 9);
    while (text.at[-1] == '0') text.at--;
  }
  put_byte(&text, 'Z');
  return (size_t)text_finish(&text);
}
