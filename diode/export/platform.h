/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the exporter needs of its operating system, and nothing
 * more; one file platform_X.c a system.  All paths and names are UTF-8 with the
 * system's own separators.  Functions return 0 or a negative errno and fill err.
 */
#ifndef LABSEAL_DIODE_EXPORT_PLATFORM_H
#define LABSEAL_DIODE_EXPORT_PLATFORM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_PATH_MAX 4096 /* bytes of a path, with the NUL */

#ifndef ESTALE /* Windows' C library has no such number; none of its own is used for it */
#define ESTALE 116
#endif

/* --- time, chance, the end ---------------------------------------------------- */

int64_t ls_platform_clock(void);     /* ns since 1970, UTC */
uint64_t ls_platform_ticks(void);    /* ms, never going back; from any start */
void ls_platform_sleep(unsigned ms); /* returns early when told to stop */
int ls_platform_random(void *bytes, size_t n, struct ls_error *err);

/* Make ls_platform_stopping() true when the system tells the program to end. */
void ls_platform_catch_stop(void);
bool ls_platform_stopping(void);

/* It works from here on: whoever started the program may want to know. */
void ls_platform_ready(void);

/* A line for whoever looks after the guest. */
void ls_platform_say(const char *text);

/*
 * A configuration file as UTF-8 with a final NUL, however the system's editors
 * write it; *ret_text is malloc's.  -EINVAL: longer than max, or no text.
 */
int ls_platform_read_config(const char *path, size_t max, char **ret_text, struct ls_error *err);

/* --- watched folders: only ever read ------------------------------------------- */

struct ls_file_info {
	bool is_folder;
	uint64_t size; /* bytes */
	int64_t mtime; /* ns since 1970 */
	uint64_t mark; /* changes when another file takes the name, or at any write */
};

/*
 * Call visit for each folder and regular file in a folder, symbolic links and
 * all else left out; a visit that returns other than 0 ends it with that.
 */
int ls_platform_list(const char *folder,
		     int (*visit)(void *context, const char *name, const struct ls_file_info *info),
		     void *context, struct ls_error *err);

struct ls_source; /* a file in a watched folder, open for reading */

/*
 * -EBUSY: some program has it open for writing (where the system can tell), or
 * keeps others from reading it.
 */
int ls_platform_open_source(const char *path, struct ls_source **ret_source,
			    struct ls_file_info *ret_info, struct ls_error *err);
/*
 * How the file is now; where reading did not keep writers out, -EBUSY when one
 * came meanwhile.
 */
int ls_platform_source_info(struct ls_source *s, struct ls_file_info *ret_info,
			    struct ls_error *err);
/* Bytes read at an offset, 0 at the end, or a negative errno; -EBUSY: locked, try later. */
int64_t ls_platform_source_read(struct ls_source *s, uint64_t offset, void *bytes, size_t n,
				struct ls_error *err);
struct ls_source *ls_platform_source_close(struct ls_source *s); /* NULL ok, returns NULL */

/* --- the outbox -------------------------------------------------------------------- */

struct ls_store; /* an open file of our own */

int ls_platform_make_folder(const char *path, struct ls_error *err); /* there already: fine */

enum ls_store_mode {
	LS_STORE_READ,	 /* must be there */
	LS_STORE_CREATE, /* made anew and empty */
	LS_STORE_APPEND, /* made when not there; read and appended to; locked: -EBUSY */
};
int ls_platform_store_open(const char *path, enum ls_store_mode mode, struct ls_store **ret_store,
			   struct ls_error *err);
/* Exactly n bytes at an offset; -ENODATA when there are fewer. */
int ls_platform_store_read(struct ls_store *s, uint64_t offset, void *bytes, size_t n,
			   struct ls_error *err);
/* -ENOSPC: the disk or the quota is full. */
int ls_platform_store_write(struct ls_store *s, const void *bytes, size_t n, struct ls_error *err);
int ls_platform_store_cut(struct ls_store *s, uint64_t size, struct ls_error *err);
int ls_platform_store_sync(struct ls_store *s, struct ls_error *err);
uint64_t ls_platform_store_size(struct ls_store *s);
struct ls_store *ls_platform_store_close(struct ls_store *s); /* NULL ok, returns NULL */

/* Give a synced file its name, durably; what had the name is replaced. */
int ls_platform_rename(const char *from, const char *to, struct ls_error *err);
int ls_platform_remove(const char *path, struct ls_error *err); /* not there: fine */

/* --- the port: only ever written ------------------------------------------------------ */

struct ls_port;

int ls_platform_port_open(const char *name, struct ls_port **ret_port, struct ls_error *err);
/*
 * Bytes taken, waiting up to timeout_ms for the first; 0 when the host takes
 * none now; a negative errno when the port must be opened anew.
 */
int64_t ls_platform_port_write(struct ls_port *port, const void *bytes, size_t n,
			       unsigned timeout_ms, struct ls_error *err);
struct ls_port *ls_platform_port_close(struct ls_port *port); /* NULL ok, returns NULL */

/* The system's separator between the parts of a path. */
extern const char ls_platform_separator;

#endif
