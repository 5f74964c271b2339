/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/status.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_status sample(void)
{
	return (struct ls_status){ .state = "running",
				   .started = 1772634139,
				   .instrument = "7500-01",
				   .vm_name = "xp",
				   .vm = { .state = "running",
					   .pid = 7,
					   .facts = { .type = "kvm", .channel = "file" } },
				   .qemu_descriptor = "write-only",
				   .last_heard = 1772634141,
				   .signer_kind = "TPM",
				   .signer_state = "ready",
				   .last_seal = 42,
				   .last_label = "plate7.eds",
				   .last_time = 1772634140 };
}

/* What others read is pinned: the names of all members, in order. */
TEST(the_members_are_these)
{
	static const char members[] =
		"schema state written started instrument development vm "
		"channel signer queue sealed last_seal measurement approval audit "
		"problem processes ";
	char place[] = "/tmp/labseal-test-XXXXXX", seen[512] = "";
	struct ls_error err = { 0 };
	struct ls_buffer text;
	const struct ls_status s = sample();
	REQUIRE(mkdtemp(place));
	int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT_EQ(ls_status_write(fd, &s, &err), 0);
	ls_buffer_init(&text, 65536);
	REQUIRE(ls_file_read(fd, LS_STATE_STATUS, &text, &err) == 0);
	json_t *json = json_loads(ls_buffer_str(&text), 0, NULL);
	REQUIRE(json_is_object(json));
	const char *key;
	json_t *value;
	json_object_foreach(json, key, value)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", key);
	CHECK_STR_EQ(seen, members);
	const json_t *seal = json_object_get(json, "last_seal");
	CHECK_STR_EQ(json_string_value(json_object_get(seal, "time")), "2026-03-04T14:22:20Z");
	CHECK_STR_EQ(json_string_value(
			     json_object_get(json_object_get(json, "channel"), "qemu_descriptor")),
		     "write-only");
	CHECK_STR_EQ(
		json_string_value(json_object_get(json_object_get(json, "channel"), "last_heard")),
		"2026-03-04T14:22:21Z");
	json_decref(json);
	ls_buffer_free(&text);
	close(fd);
	ls_remove_tree(AT_FDCWD, place, NULL);
}

TEST(a_process_that_ended_keeps_its_peak)
{
	struct ls_status s = sample();
	ls_status_process(&s, "nobody", 0);
	CHECK_INT_EQ(s.process_count, 0);
	ls_status_process(&s, "self", getpid());
	CHECK_INT_EQ(s.process_count, 1);
	uint64_t peak = s.processes[0].peak_kib;
	CHECK(peak > 100);
	ls_status_process(&s, "self", 0);
	CHECK_INT_EQ(s.process_count, 1);
	CHECK_INT_EQ(s.processes[0].pid, 0);
	CHECK(s.processes[0].peak_kib == peak);
	CHECK_INT_EQ(ls_process_peak_kib(0x3fffffff), 0);
}

TEST_MAIN()
