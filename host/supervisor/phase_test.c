/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/phase.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define HEX "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static char dir[] = "/tmp/labseal-phase-XXXXXX";
static int state_fd = -1;
static struct ls_error err;

static void must_be(const struct ls_phase *phase)
{
	struct ls_phase read;
	CHECK_INT_EQ(ls_phase_write(state_fd, phase, &err), 0);
	CHECK_INT_EQ(ls_phase_read(state_fd, &read, &err), 0);
	CHECK_INT_EQ(read.kind, phase->kind);
	CHECK(ls_digest_equal(&read.image, &phase->image));
	CHECK_INT_EQ(ls_phase_must_be_locked(state_fd, &err),
		     phase->kind == LS_PHASE_LOCKED ? 0 : -EPERM);
}

TEST(a_phase_is_read_as_it_was_written)
{
	struct ls_phase phase = { .kind = LS_PHASE_INSTALLING };
	must_be(&phase);
	phase.kind = LS_PHASE_LOCKING;
	CHECK_INT_EQ(ls_digest_parse(HEX, strlen(HEX), &phase.image), 0);
	must_be(&phase);
	memset(&phase, 0, sizeof(phase));
	must_be(&phase);
	CHECK_INT_EQ(faccessat(state_fd, LS_STATE_PHASE, F_OK, 0), -1);
}

/* Whether the machine is locked is not guessed. */
TEST(a_damaged_file_is_no_phase)
{
#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		BYTES(""),
		BYTES("\n"),
		BYTES("locked\n"),
		BYTES("installing"),
		BYTES("installing\n\n"),
		BYTES("installing\n\0locking"),
		BYTES("Installing\n"),
		BYTES("locking \n"),
		BYTES("locking " HEX),
		BYTES("locking " HEX "\n\n"),
		BYTES("locking  " HEX "\n"),
		BYTES("locking 2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE\n"),
		BYTES("locking " HEX "\0"),
		BYTES("locking x" HEX),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_phase phase = { .kind = LS_PHASE_LOCKED };
		CHECK_INT_EQ(ls_phase_parse(bad[i].bytes, bad[i].size, &phase), -EBADMSG);
		CHECK_INT_EQ(phase.kind, LS_PHASE_LOCKED);
		REQUIRE(ls_file_replace(state_fd, LS_STATE_PHASE, bad[i].bytes, bad[i].size, 0600,
					&err) == 0);
		CHECK_INT_EQ(ls_phase_must_be_locked(state_fd, &err), -EBADMSG);
		CHECK_STR_EQ(err.id, "phase.file");
	}
}

__attribute__((constructor)) static void begin(void)
{
	if (mkdtemp(dir))
		state_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

__attribute__((destructor)) static void end(void)
{
	ls_remove_tree(AT_FDCWD, dir, NULL);
}

TEST_MAIN()
