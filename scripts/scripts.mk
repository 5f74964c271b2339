# SPDX-License-Identifier: Apache-2.0
# The demo.  Variables of make's command line (INPUT, OUTPUT, BUILD, CC) reach the script through the environment.

.PHONY: demo

demo: export BUILD := $(BUILD)
demo:
	@scripts/demo.sh

# Shell scripts, as part of lint; the folder a script sources from is its own.
.PHONY: lint-shell

lint: lint-shell

lint-shell:
	$(Q)shellcheck -x -P SCRIPTDIR $$(git ls-files | xargs grep -lE '^#!/bin/(ba|busybox )?sh' -- /dev/null)
