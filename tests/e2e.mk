# SPDX-License-Identifier: Apache-2.0
# The end-to-end tests: E2E="tests/e2e/10-demo.sh ..." runs some of them.

.PHONY: check-e2e check-demo

check-e2e: all image demo-input
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(E2E)

# The main job alone, for the slower builds.
check-demo: all image demo-input
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh tests/e2e/10-demo.sh

SUITES      += check-e2e
ASAN_SUITES += check-demo
