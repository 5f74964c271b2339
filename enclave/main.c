/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-enclave: started by labseald only, with its channels at 3, 4 and 5. */
#include <unistd.h>

#include "enclave/confinement.h"
#include "enclave/server.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"

int main(void)
{
	struct ls_error err = { 0 };
	unsigned missing = 0;
	ls_log_init("labseal-enclave", LS_LOG_INFO);
	if (ls_enclave_open_channels(&err) < 0 || ls_enclave_confine_setup(&missing, &err) < 0) {
		ls_log_error(&err);
		_exit(LS_EXIT_FAILED);
	}
	/* not exit(): what libraries do at exit needs more than confinement leaves */
	_exit(ls_enclave_serve(missing));
}
