# Two commands do everything: `make run` opens the window, `make test` runs all checks.
# Each first installs what is missing where apt exists, and says what to install elsewhere.

.PHONY: run test build install uninstall settings help

run:
	@bash scripts/run.sh

test:
	@bash scripts/system.sh test
	@bash scripts/check.sh

build:
	@bash scripts/system.sh run
	cargo build --release

# Below ~/.local, or wherever PREFIX says.
install: build
	@bash scripts/install.sh

uninstall:
	@bash scripts/install.sh remove

# Writes docs/settings.md again after a change to the settings table.
settings:
	ATTENTIVE_UPDATE_DOCS=1 cargo test --release --test it cli::reference

help:
	@echo "make run       build and open the window (no display: train the built-in data here)"
	@echo "make test      formatting, lints, and all tests"
	@echo "make build     build target/release/attentive only"
	@echo "make install   put the program, its menu entry and icon into ~/.local (or PREFIX=...)"
	@echo "make settings  write docs/settings.md from the settings table"
