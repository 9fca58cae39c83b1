# Benches use the dependencies of the dev build (partly optimised, see Cargo.toml) and this crate in full
# optimisation, so that they take minutes to build, not half an hour. `cargo bench` measures a release build.
OPTIMISED = --config 'profile.dev.package.twinscope.opt-level=3' \
            --config 'profile.dev.package.twinscope.debug-assertions=false' \
            --config 'profile.dev.package.twinscope.overflow-checks=false'

.PHONY: bench
# One of them: make bench BENCH=ingest
bench:
	cargo bench --profile dev $(OPTIMISED) --bench '$(or $(BENCH),*)'
