# Every target works from a fresh clone; 'make' alone lists them.
CARGO ?= cargo
TARGET = $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/release
PARTITA = $(TARGET)/partita

.PHONY: help build demo test fuzz bench bench-corpus bench-training deny lint fmt doc corpus clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

build: ## Build the release binary
	$(CARGO) build --release --workspace

demo: build ## Compose a corpus, train a small network, generate songs, write a report; downloads only crates
	$(PARTITA) run demo

# Tests that need corpora or other programs are ignored; with corpora, these flags include those whose needs are met.
IGNORED = $(if $(PARTITA_CORPORA),--include-ignored $(if $(PARTITA_SYMUSIC),,--skip symusic::) \
	$(if $(PARTITA_DUCKDB),,--skip duckdb_) $(if $(PARTITA_NUMPY),,--skip numpy))

test: ## Run every test; PARTITA_CORPORA=a folder adds those on real corpora, Chromium on PATH those of the report
	$(CARGO) test --release --workspace -- $(IGNORED)

COUNT ?= 1000000
SEED ?= 1
fuzz: ## Read mutated MIDI files: COUNT=1000000, SEED=1, CORPUS=a folder to mutate too
	cd tests/fuzz && $(CARGO) run --release --bin mutations -- $(COUNT) $(SEED) "$(if $(CORPUS),$(abspath $(CORPUS)))"

bench: build ## Run all benchmarks: CORPUS=a folder, PEERS=VENV/bin
	$(CARGO) bench --bench orchestrator -- $(BENCH)
	$(CARGO) bench --bench corpus -- $(if $(CORPUS),"$(abspath $(CORPUS))")
	$(CARGO) bench --bench training

bench-corpus: build ## Time scan and extract beside symusic and pretty_midi: CORPUS=a folder, PEERS=VENV/bin
	$(CARGO) bench --bench corpus -- $(if $(CORPUS),"$(abspath $(CORPUS))")

bench-training: ## Time the training beside Keras, and its memory by batch: PEERS=VENV/bin
	$(CARGO) bench --bench training

# cargo-deny reads the crates of all platforms; a build downloads only those of its own.
deny: ## Check bans, licences and sources of dependencies
	$(CARGO) fetch --locked --quiet
	$(CARGO) deny --offline --config .deny.toml check --hide-inclusion-graph bans licenses sources

lint: ## Format check and clippy, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

fmt: ## Format the code
	$(CARGO) fmt --all

doc: ## Build the documentation; its front page describes the architecture
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --workspace --no-deps

corpus: ## Download freely licensed game music into data/free, for 'partita run free'
	@sh tests/corpus.sh data/free

clean: ## Remove everything computed; keep the build
	rm -rf artifacts/store artifacts/work artifacts/runs
	find artifacts -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
