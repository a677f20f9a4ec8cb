# Two commands matter: `make run` shows it, `make test` proves it. Each installs what is missing on Debian 12.
.PHONY: help run fuzz test bench torture build cross tsan clean
.DEFAULT_GOAL := help

help:   ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run:    ## a private broker, database, head office and store, with a tour (TOUR=once, TOUR=off, KEEP=1, SEED=n)
	@scripts/run

test:   ## everything, as in CI (TEST=quick leaves out the cross build and ThreadSanitizer)
	@scripts/test

bench:  ## figures beside those of others (ONLY=name,name ROUNDS=5 SEED=n); some minutes
	@scripts/bench

torture: ## power cuts below the real tillgated on ext4, simulations for longer (HOURS=0.5 CUTS=200 SEED=n); as root
	@scripts/torture

fuzz:   ## libFuzzer on the readers of foreign bytes (TARGET=one of those in scripts/fuzz, FOR=60)
	@scripts/fuzz

build:  ## the release build, in build/release
	@scripts/install build && scripts/build release

cross:  ## core for 64-bit ARM, its tests under qemu
	@scripts/install build cross && cross/run.sh arm64

tsan:   ## what has threads, under ThreadSanitizer
	@scripts/install build && scripts/tsan

clean:  ## remove build/
	@rm -rf build
