/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An approval, the TPM or a token said no; a file that may not be opened says nothing. */
static bool is_refusal(const struct ls_error *err)
{
	return strncmp(err->id, "approval.", 9) == 0 || strncmp(err->id, "tpm.", 4) == 0 ||
	       strncmp(err->id, "hsm.pin.", 8) == 0 || strcmp(err->id, "hsm.refused") == 0;
}

int ls_cmd_fail(const char *command, const struct ls_error *err)
{
	fprintf(stderr, "labseal %s: %s\n", command, err->message);
	switch (-err->code) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EPERM:
	case ENODATA: return LS_EXIT_COULD_NOT_CHECK;
	case EACCES: return is_refusal(err) ? LS_EXIT_DOES_NOT_HOLD : LS_EXIT_COULD_NOT_CHECK;
	case EBADMSG:
	case EINVAL:
	case ENOKEY:
	case EKEYREJECTED: return LS_EXIT_DOES_NOT_HOLD;
	default: return LS_EXIT_FAILED;
	}
}

int ls_cmd_load_policy(const char *command, const char *path, struct ls_policy **ret_policy)
{
	static struct ls_policy_faults faults;
	struct ls_error err;
	int rc = ls_policy_load(path, ret_policy, &faults, &err);
	if (rc == 0)
		return LS_EXIT_HOLDS;
	if (faults.count == 0) {
		ls_cmd_fail(command, &err);
		return rc == -ENOMEM ? LS_EXIT_FAILED : LS_EXIT_COULD_NOT_CHECK;
	}
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 20);
	ls_policy_faults_print(&faults, &text);
	fputs(ls_buffer_str(&text), stderr);
	return LS_EXIT_DOES_NOT_HOLD;
}

int ls_cmd_print_json(json_t *object, int status)
{
	int rc = object ? json_dumpf(object, stdout, JSON_INDENT(2)) : -1;
	json_decref(object);
	if (rc < 0) {
		fprintf(stderr, "labseal: there is no memory for the answer, or it cannot be "
				"written\n");
		return LS_EXIT_FAILED;
	}
	putchar('\n');
	return status;
}
