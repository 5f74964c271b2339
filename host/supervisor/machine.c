/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/supervisor/violations_json.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/proc/child.h"

#define PATH_SIZE 256

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

int ls_machine_report_encode(const struct ls_machine_report *r, struct ls_buffer *out)
{
	_cleanup_json_ json_t *json =
		json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:i}", "name", r->facts.name,
			  "state", r->state, "reason", r->reason, "pid", (int)r->pid, "reboots",
			  (int)r->reboots, "type", r->facts.type, "channel", r->facts.channel,
			  "path", r->facts.path, "other_ways", (int)r->facts.other_ways);
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	return text ? ls_buffer_add_str(out, text) : -ENOMEM;
}

/* A word that does not fit is not one of ours. */
static int copy_word(const char *from, char *to, size_t size)
{
	if (strlen(from) >= size)
		return -EBADMSG;
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

int ls_machine_report_decode(const struct ls_message *message, struct ls_machine_report *ret_report,
			     struct ls_error *err)
{
	struct ls_machine_report r = { 0 };
	const char *name, *state, *reason, *type, *channel, *path;
	int pid, reboots, other_ways;
	_cleanup_json_ json_t *json = json_loadb((const char *)message->body, message->size, 0,
						 NULL);
	if (!json ||
	    json_unpack(json, "{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:i !}", "name", &name,
			"state", &state, "reason", &reason, "pid", &pid, "reboots", &reboots,
			"type", &type, "channel", &channel, "path", &path, "other_ways",
			&other_ways) < 0 ||
	    copy_word(name, r.facts.name, sizeof(r.facts.name)) < 0 ||
	    copy_word(state, r.state, sizeof(r.state)) < 0 ||
	    copy_word(reason, r.reason, sizeof(r.reason)) < 0 ||
	    copy_word(type, r.facts.type, sizeof(r.facts.type)) < 0 ||
	    copy_word(channel, r.facts.channel, sizeof(r.facts.channel)) < 0 ||
	    copy_word(path, r.facts.path, sizeof(r.facts.path)) < 0 || pid < 0 || reboots < 0 ||
	    other_ways < 0)
		return ls_fail(err, -EBADMSG, "machine.report",
			       "the VM's process sent a malformed report");
	r.pid = pid;
	r.reboots = (unsigned)reboots;
	r.facts.other_ways = (unsigned)other_ways;
	*ret_report = r;
	return 0;
}

int ls_machine_judged_encode(const struct ls_violations *list, struct ls_buffer *out)
{
	_cleanup_json_ json_t *json = json_pack("{s:b, s:o}", "more", list->more, "violations",
						ls_violations_to_json(list, LS_VIOLATIONS_MAX));
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	return text ? ls_buffer_add_str(out, text) : -ENOMEM;
}

int ls_machine_judged_decode(const struct ls_message *message, struct ls_violations *ret_list,
			     struct ls_error *err)
{
	int more;
	json_t *array;
	_cleanup_json_ json_t *json = json_loadb((const char *)message->body, message->size, 0,
						 NULL);
	_cleanup_free_ struct ls_violations *list = calloc(1, sizeof(*list));
	if (!list)
		return ls_fail(err, -ENOMEM, "machine.memory", "out of memory");
	if (!json || json_unpack(json, "{s:b, s:o !}", "more", &more, "violations", &array) < 0 ||
	    ls_violations_from_json(array, list) < 0)
		return ls_fail(err, -EBADMSG, "machine.judged",
			       "the VM's process sent a malformed judgement");
	list->more = list->more || more;
	*ret_list = *list;
	return 0;
}

/*
 * stdio_handler: without it libvirt would put virtlogd between QEMU and the
 * FIFO, which cannot seek in it and rotates (deletes) what a file gets.
 */
static const char qemu_conf[] = "stdio_handler = \"file\"\n";

static int remove_old(const struct ls_machine_place *place, struct ls_error *err)
{
	static const char *const names[] = { "etc", "lib", "run" };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		char path[PATH_SIZE];
		snprintf(path, sizeof(path), "%s/%s", place->folder, names[i]);
		rc = ls_remove_tree(AT_FDCWD, path, err);
	}
	return rc;
}

/* Ours until all of it is made: whoever has the VM's user from the run before could else put a link
 * where the next step looks. */
static int take_back(const char *folder, struct ls_error *err)
{
	int rc = ls_make_dirs(AT_FDCWD, folder, 0700, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, geteuid(), getegid()) < 0 || fchmod(fd, 0700) < 0)
		return ls_fail_errno(err, errno, "machine.folder", "cannot take back '%s'", folder);
	return ls_steal_fd(&fd);
}

int ls_machine_prepare(const struct ls_machine_place *place, const struct ls_vm_user *user,
		       struct ls_error *err)
{
	char etc[PATH_SIZE], conf[PATH_SIZE];
	snprintf(etc, sizeof(etc), "%s/etc", place->folder);
	snprintf(conf, sizeof(conf), "%s/etc/qemu.conf", place->folder);
	_cleanup_close_ int fd = take_back(place->folder, err);
	if (fd < 0)
		return fd;
	int rc = remove_old(place, err);
	if (rc == 0)
		rc = ls_make_dirs(AT_FDCWD, etc, 0711, err);
	if (rc == 0)
		rc = ls_file_write_new(AT_FDCWD, conf, qemu_conf, sizeof(qemu_conf) - 1, 0444, err);
	if (rc < 0)
		return rc;
	/* the driver makes folders of its own beside the file */
	if (fchownat(fd, "etc", user->uid, user->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchown(fd, user->uid, user->gid) < 0)
		return ls_fail_errno(err, errno, "machine.folder", "cannot hand over '%s'",
				     place->folder);
	return 0;
}

int ls_machine_spawn(const struct ls_machine_place *place, int fifo, pid_t *ret_pid, int *ret_fd,
		     struct ls_error *err)
{
	char home[PATH_SIZE], runtime[PATH_SIZE], cache[PATH_SIZE], log[PATH_SIZE];
	char program[4096];
	int fds[2] = { -1, -1 };
	/* libvirt writes into these folders even where it is given a root */
	snprintf(home, sizeof(home), "HOME=%s/home", place->folder);
	snprintf(runtime, sizeof(runtime), "XDG_RUNTIME_DIR=%s/home", place->folder);
	snprintf(cache, sizeof(cache), "XDG_CACHE_HOME=%s/cache", place->folder);
	snprintf(log, sizeof(log), "LIBVIRT_LOG_OUTPUTS=3:file:%s/libvirt.log", place->folder);
	const char *envp[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", home, runtime, cache, log, NULL
	};
	int rc = ls_program_path("labseald", program, sizeof(program), err);
	if (rc == 0)
		rc = ls_socket_pair(fds, err);
	if (rc < 0)
		return rc;
	const char *argv[] = { program, "--machine", place->uri, place->folder, NULL };
	struct ls_child_fd map[] = { { fds[1], LS_MACHINE_CHANNEL_FD },
				     { fifo, LS_MACHINE_FIFO_FD } };
	struct ls_child_spec spec = {
		.path = program,
		.argv = argv,
		.envp = envp,
		.fds = map,
		.fd_count = 2,
		.death_signal = SIGTERM,
	};
	rc = ls_child_spawn(&spec, ret_pid, err);
	close(fds[1]);
	if (rc == 0 && fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0)
		*ret_fd = fds[0];
	else
		close(fds[0]);
	return rc;
}
