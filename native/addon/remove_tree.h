/* Removing a tree, whatever is in it. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Remove `path` and all below it: by descriptors, never following a link, never crossing into another file system.
 * However deep it goes, it holds few descriptors and little stack: what lies deeper than some levels is first moved up
 * into the top, and removed from there. A missing path is fine. Returns 0, or -1 with errno.
 */
int tsrun_remove_tree(const char *path);

#ifdef __cplusplus
}
#endif
