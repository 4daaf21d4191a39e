# Every target works from a fresh clone; 'make' alone lists them.
CARGO ?= cargo
TARGET = $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/release
PARTITA = $(TARGET)/partita

.PHONY: help build demo test fuzz bench bench-corpus bench-training lint fmt doc corpus clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

build: ## Build the release binary
	$(CARGO) build --release --workspace

demo: build ## Compose a corpus, train a small network, draw songs, report: no download but crates
	$(PARTITA) run demo

test: ## Run every test; those of the report need a Chromium on PATH, and say so
	$(CARGO) test --release --workspace

COUNT ?= 1000000
SEED ?= 1
fuzz: ## Read mutated MIDI files: COUNT=1000000, SEED=1, CORPUS=a folder to mutate too
	cd tests/fuzz && $(CARGO) run --release --bin mutations -- $(COUNT) $(SEED) "$(if $(CORPUS),$(abspath $(CORPUS)))"

bench: ## Time the runner beside DVC and Snakemake, the reading beside symusic, and the training
	$(CARGO) build --release --workspace --examples --bins
	$(TARGET)/examples/orchestrator $(BENCH)
	$(TARGET)/examples/corpus $(if $(CORPUS),"$(abspath $(CORPUS))")
	$(TARGET)/examples/training

bench-corpus: ## Time scan and extract beside symusic and pretty_midi: CORPUS=a folder, PEERS=VENV/bin
	$(CARGO) build --release --workspace --examples --bins
	$(TARGET)/examples/corpus $(if $(CORPUS),"$(abspath $(CORPUS))")

bench-training: ## Time the training beside Keras, and its memory by batch: PEERS=VENV/bin
	$(CARGO) build --release --workspace --examples
	$(TARGET)/examples/training

lint: ## Format check and clippy, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

fmt: ## Format the code
	$(CARGO) fmt --all

doc: ## Build the documentation; its front page is the architecture document
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --workspace --no-deps

corpus: ## Bring freely licensed game music into data/free, for 'partita run free'
	@sh tests/corpus.sh data/free

clean: ## Remove what was computed, but keep the build
	rm -rf artifacts/store artifacts/work artifacts/runs
	find artifacts -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
