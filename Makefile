# Two commands do all on a fresh machine: `make demo` and `make test`.
# Both use the dev profile (dependencies optimised), so the second does not compile Bevy again.

.DEFAULT_GOAL := help
.PHONY: help demo test test-vr bench tools-run tools-test

CARGO ?= cargo
DEMO_SECONDS ?= 30

help:
	@echo "make demo     run the demo factory: in a window, or off screen where there is no display"
	@echo "make test     format, lints, all tests"
	@echo "make test-vr  test the headset, under a runtime that needs none"
	@echo "make bench    print the benchmarks"

# The drivers complain where XDG_RUNTIME_DIR is not set; off screen any folder will do.
demo: tools-run
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" != Linux ]; then \
		$(CARGO) run -- demo; \
	else \
		echo "No display here: the demo runs off screen for $(DEMO_SECONDS) s and leaves pictures and a report."; \
		XDG_RUNTIME_DIR="$${XDG_RUNTIME_DIR:-$${TMPDIR:-/tmp}}" $(CARGO) run -- demo --off-screen --seconds $(DEMO_SECONDS) --out target/demo; \
	fi

test: tools-run tools-test
	$(CARGO) fmt --check
	$(CARGO) test --features xr
	$(CARGO) clippy --features xr --all-targets -- --deny warnings
	$(CARGO) clippy -- --deny warnings
	$(CARGO) clippy --no-default-features -- --deny warnings

# The program with the headset under Monado, an OpenXR runtime with a headset that the tests move. Needs
# apt and the keys of Debian (package debian-archive-keyring) to fetch Monado and all that it runs on,
# software Vulkan and an X server included, into a cache folder: neither root nor a headset nor a display.
test-vr:
	@.ci/monado
	$(CARGO) test --features xr --test vr -- --include-ignored --test-threads 1

# Dependencies as in the dev build and this crate in full optimisation: minutes to build, not half an
# hour. `cargo bench` measures a release build. One of them: make bench BENCH=ingest
OPTIMISED = --config 'profile.dev.package.twinscope.opt-level=3' \
            --config 'profile.dev.package.twinscope.debug-assertions=false' \
            --config 'profile.dev.package.twinscope.overflow-checks=false'

bench: tools-run tools-test
	$(CARGO) bench --profile dev $(OPTIMISED) --bench '$(or $(BENCH),*)'

# What building and running need. Off screen needs no display, not even a virtual one.
tools-run:
	@.ci/install gcc libc6-dev mesa-vulkan-drivers libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2 libx11-xcb1

# Independent peers of the tests.
tools-test:
	@.ci/install mosquitto mosquitto-clients python3 python3-venv tshark
	@.ci/python
