/*
 * clone3(2) with a stack for the child, as clone(3) does it for clone(2). The C library exports none, and from the bare system call
 * a child with a stack of its own has nowhere to return to.
 */
#pragma once
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "../plan/kernel_calls.h"

/* Run `function` in the child, which must not return. @returns the child's pid, or -errno */
static inline long clone3_call(struct kernel_clone_args *args, int (*function)(void *), void *argument) {
#if defined(__x86_64__)
  long result;
  /* What the child needs is in registers that a system call leaves alone; at the call its stack is a multiple of 16. */
  __asm__ volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "movq %[argument], %%rdi\n\t"
      "callq *%[function]\n\t"
      "ud2\n"
      "1:"
      : "=a"(result)
      : "0"((long)SYS_clone3), "D"(args), "S"(sizeof(*args)), [function] "r"(function), [argument] "r"(argument)
      : "rcx", "r11", "cc", "memory");
  return result;
#elif defined(__aarch64__)
  register long result __asm__("x0") = (long)args;
  register size_t size __asm__("x1") = sizeof(*args);
  register long number __asm__("x8") = SYS_clone3;
  __asm__ volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, %[argument]\n\t"
      "blr %[function]\n\t"
      "brk #1\n"
      "1:"
      : "+r"(result)
      : "r"(size), "r"(number), [function] "r"(function), [argument] "r"(argument)
      : "cc", "memory");
  return result;
#else
  (void)args, (void)function, (void)argument;
  return -ENOSYS;
#endif
}
