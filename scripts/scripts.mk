# SPDX-License-Identifier: Apache-2.0
# The demo.  Variables of make's command line (INPUT, OUTPUT, BUILD, CC) reach the script through the environment.

.PHONY: demo

demo: export BUILD := $(BUILD)
demo:
	@scripts/demo.sh
