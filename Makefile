# The front door. `make` alone says what there is; each target sets up what it needs first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
# Seconds that each fuzz target runs in `make fuzz`; `make test` feeds them a fixed sequence of inputs instead.
FUZZ_SECONDS ?= 60
# How long `make soak` runs, and what its actions are chosen by.
MINUTES ?= 3
SEED ?= 1
# Where `make install` installs to.
PREFIX ?= /usr/local
DESTDIR ?=
# READER=pcsc: the demo goes through pcscd and a virtual reader.
READER ?=

.PHONY: help
help:
	@echo '  make demo        issue a specimen card, open it, read it, verify it 製作樣本卡，開啟、讀取並驗證'
	@echo '  make demo READER=pcsc   the same through pcscd and a virtual reader  經由 pcscd 與虛擬讀卡機'
	@echo '  make test        everything that must hold before a change lands   執行所有檢查與測試'
	@echo '  make setup       install what is missing (Debian, Ubuntu)          安裝缺少的套件'
	@echo '  make install     the program and the PKCS#11 module, to PREFIX=/usr/local  安裝程式與 PKCS#11 模組'
	@echo '  make bench       benchmarks                                        效能量測'
	@echo '  make fuzz        fuzz every target, FUZZ_SECONDS=60 each           模糊測試'
	@echo '  make soak        clients, pulled cards, killed daemons; MINUTES=3 SEED=1  長時間測試：多個用戶端、抽卡、重啟服務'
	@echo '  make lint        formatting and clippy                             格式與靜態檢查'
	@echo '  make lint-certificates   hold what the natural-person PKI issues against RFC 5280  以 pkilint 檢查憑證'
	@echo '  make bare-metal  build the no_std packages for a bare machine      為裸機編譯 no_std 套件'
	@echo '  make elsewhere   check the host library for Windows and macOS      為 Windows 與 macOS 檢查主機程式庫'
	@echo '  make doc         API documentation, into target/doc                產生 API 文件'
	@echo '  make audit       cargo-deny over deny.toml (builds it once)        相依套件的授權與來源稽核'

.PHONY: setup
setup:
	@scripts/setup test

.PHONY: demo
demo:
ifeq ($(READER),pcsc)
	@scripts/setup demo
	@scripts/demo-pcsc
else
	@scripts/setup build
	@$(CARGO) run --locked -p neweid -- demo
endif

.PHONY: test
test:
	@scripts/test

.PHONY: install
install:
	@scripts/install '$(PREFIX)' '$(DESTDIR)'

.PHONY: bench
bench:
	@scripts/setup test
	@$(CARGO) bench --locked --workspace --benches

.PHONY: fuzz
fuzz:
	@scripts/setup test
	@scripts/fuzz $(FUZZ_SECONDS)

.PHONY: soak
soak:
	@scripts/setup demo
	@NEWEID_SOAK_MINUTES=$(MINUTES) NEWEID_SOAK_SEED=$(SEED) $(CARGO) test --locked -p neweid-tests --test pcsc -- soak

.PHONY: lint
lint:
	@scripts/setup test
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

.PHONY: lint-certificates
lint-certificates:
	@scripts/lint-certificates

.PHONY: bare-metal
bare-metal:
	@scripts/setup test
	@scripts/bare-metal

.PHONY: elsewhere
elsewhere:
	@scripts/setup test
	@scripts/elsewhere

.PHONY: doc
doc:
	@scripts/setup build
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

.PHONY: audit
audit:
	@scripts/setup build
	@scripts/audit
