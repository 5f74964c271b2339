/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process locks itself up before its first untrusted byte.
 *
 * In this order: no core dumps and no ptrace by the same user (dumpable off),
 * no new privileges, own user (when root and a user is named), resource
 * limits, Landlock (file system, and TCP where the kernel's ABI has it),
 * seccomp allow-list with the whole process killed on anything else.
 *
 * A process may do so again, for a later phase of its work: what an earlier
 * one took away stays away, and its syscalls must have allowed what confining
 * needs (LS_CONFINE_AGAIN_SYSCALLS).
 */
#ifndef LABSEAL_LIB_PROC_CONFINE_H
#define LABSEAL_LIB_PROC_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/* A folder (by descriptor) that stays usable under Landlock; all else is closed. */
struct ls_confine_path {
	int dirfd;
	bool writable;
};

struct ls_confinement {
	const char *user; /* system user to become when root; NULL: stay who we are */
	const struct ls_confine_path *paths;
	size_t path_count;
	const char *const
		*syscalls;   /* names, NULL-terminated; the names the kernel lacks are left out */
	uint64_t memory_max; /* bytes of address space; 0: no limit */
	uint64_t files_max;  /* open descriptors; 0: no limit */
	bool lock_memory;    /* keep all of it out of the swap, up to memory_max */
	bool no_new_code;    /* mmap and mprotect, if listed, without PROT_EXEC only */
	bool logs_nowhere;   /* syslog(3) gets no socket (EACCES) instead of an end */
	bool connects;	     /* Landlock leaves it TCP connections to others */
	bool reads_files;    /* and openat for reading alone, stat, and locks for reading */
};

/* What could not be had, as a bit set. */
enum ls_confine_missing {
	LS_CONFINE_USER = 1,	 /* root, but the system user does not exist; or not root */
	LS_CONFINE_LANDLOCK = 2, /* the kernel has no Landlock */
	LS_CONFINE_SECCOMP = 4,	 /* the kernel has no seccomp filter */
	LS_CONFINE_ROOT = 8,	 /* no root and namespaces of its own */
	LS_CONFINE_MEMORY = 16,	 /* its memory cannot be locked against being written to swap */
};

/*
 * Lock this process up.  0, and *ret_missing says what this machine does not
 * offer (the caller decides: without `development: true` it must refuse to
 * go on); or a negative errno when something that is on offer failed.
 * Under AddressSanitizer builds memory_max and lock_memory are not applied and the syscalls that
 * the sanitizer itself needs at exit are added.
 */
int ls_confine(const struct ls_confinement *c, unsigned *ret_missing, struct ls_error *err);

/* "own user, Landlock": the names of a bit set, "nothing" when 0. */
const char *ls_confine_missing_text(unsigned missing, char *buffer, size_t size);

/* Exit status of a child that refuses to work unconfined; the supervisor words it. */
#define LS_EXIT_UNCONFINED 77

/*
 * The beginning of a child of labseald: lock it up, and say what this machine does not offer.
 * 0: go on; with `development` also where something is missing, which is logged as `event`.  Else
 * the status to end with, logged: LS_EXIT_UNCONFINED (as `event`: something is missing), or
 * LS_EXIT_FAILED (something that is on offer failed).
 */
int ls_confine_or_refuse(const struct ls_confinement *c, const char *event, bool development);

/* What a phase must allow so that a later one can follow. */
#define LS_CONFINE_AGAIN_SYSCALLS                                                \
	"prctl", "seccomp", "setrlimit", "prlimit64", "landlock_create_ruleset", \
		"landlock_add_rule", "landlock_restrict_self"

/*
 * What nearly every serving loop needs, as one list to start from:
 * read, write, sendmsg, recvmsg, poll, memory, time, exit.
 */
#define LS_CONFINE_BASIC_SYSCALLS                                                                 \
	"read", "write", "readv", "writev", "sendmsg", "sendto", "recvmsg", "recvfrom", "poll",   \
		"ppoll", "close", "brk", "mmap", "munmap", "mremap", "mprotect", "madvise",       \
		"futex", "getrandom", "getpid", "gettid", "clock_gettime", "clock_nanosleep",     \
		"nanosleep", "gettimeofday", "rt_sigreturn", "rt_sigprocmask", "restart_syscall", \
		"sched_yield", "exit", "exit_group", "fcntl", "fstat", "newfstatat", "lseek"

#endif
