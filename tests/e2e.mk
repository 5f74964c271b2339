# SPDX-License-Identifier: Apache-2.0
# The end-to-end tests: E2E="tests/e2e/10-demo.sh ..." runs some of them.

.PHONY: check-e2e check-demo

check-e2e_needs += all image demo-input $(BUILD)/tests/tools/hang_open
check-e2e: $(check-e2e_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(E2E)

# The main job alone, for the slower builds.
check-demo_needs := all image demo-input
check-demo: $(check-demo_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh tests/e2e/10-demo.sh

SUITES      += check-e2e
ASAN_SUITES += check-demo
