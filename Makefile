# Needs python3 (3.11 or newer) and Node; everything else is fetched into this folder.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
ARCHITECTURES := arm64 x86_64
ANSWERS ?=
RECORDS ?=
QUEUE ?=
STACK ?=
SEED ?=
NAME ?=

export ANSWERS RECORDS STACK NAME
export SAM_CLI_TELEMETRY := 0
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some images set it; then each of hundreds of processes compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

# The runtime's Python: on PATH, or among pyenv's, whose shim does not count.
PYTHON313 = $(shell for one in python3.13 $$(pyenv root 2>/dev/null)/versions/3.13*/bin/python3.13; do \
	"$$one" -c 'import sys; print(sys.executable)' 2>/dev/null && break; done)

# What the browser gets of a package, with its licence.
VENDOR := infra/website/team/vendor
# The forms' script: one file of its modules, small.
SCRIPT := functions/intake/pages/form.js

.PHONY: help run samples demo test check new-form check-forms build bench bench-web publish faults load stalled redrive \
	clean lock chromium pytest pytest313 buildtest script

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/ready $(VENDOR)/ready $(SCRIPT) ## Start the clinic on this machine and print its address
	@exec .venv/bin/python -m infra.local

samples: .venv/ready ## Make records of nobody to try the forms with, in samples/
	@.venv/bin/python -m infra.local.samples samples

demo: .venv/ready $(VENDOR)/ready $(SCRIPT) ## Send a sample inquiry and print the letter (ANSWERS=file RECORDS="a b")
	@exec .venv/bin/python -m infra.local.demo

# Checks and build keep a processor each busy; tests keep both.
test: ## Check, test on both Pythons, build, test the build
	@$(MAKE) --no-print-directory -j 2 --output-sync=target check chromium $(if $(PYTHON313),build)
	@$(MAKE) --no-print-directory pytest pytest313 buildtest BUILT=yes

check: .venv/ready .sam/ready ## Lint code and templates, check types
	.venv/bin/python -m infra.forms check
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/cfn-lint template.yaml infra/*.yaml
	.sam/bin/sam validate --lint

new-form: .venv/ready ## Begin a form that is complete and can be sent (NAME=knee-pain)
	@.venv/bin/python -m infra.forms new "$$NAME"

check-forms: .venv/ready ## Say in words what is wrong with the forms (NAME=one)
	@.venv/bin/python -m infra.forms check $${NAME:+"$$NAME"}

# In the order of the folders, so that the slow files are not the last, with one worker idle. Journeys
# often wait, so three workers keep two processors busy.
pytest: .venv/ready $(VENDOR)/ready $(SCRIPT) chromium
	.venv/bin/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not build"

# What runs in Lambda, on Lambda's Python. Journeys ran above.
ifneq ($(PYTHON313),)
pytest313: .venv313/ready $(VENDOR)/ready $(SCRIPT)
	SECOND_PYTHON=yes .venv313/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not build and not browser" \
		tests/unit tests/steps tests/contract

buildtest: $(if $(BUILT),,build)
	.venv/bin/python -m pytest -q -m build tests/contract
else
pytest313 buildtest:
	@echo "$@: left out, no python3.13 on PATH nor in pyenv"
	@[[ "$${CI:-}" != true ]]
endif

# SAM drops bytecode and the runtime can write none, so every cold start would compile everything.
# Unchecked hashes, because zipping changes the times that other bytecode relies on; and the paths in
# it are the runtime's, not this machine's.
build: .venv/ready .sam/ready $(VENDOR)/ready $(SCRIPT) ## Build the functions for both processors, without Docker
	@[[ -n "$(PYTHON313)" ]] || { echo "build: needs python3.13, the runtime's"; exit 1; }
	for one in $(ARCHITECTURES); do \
		PATH="$(dir $(PYTHON313)):$$PATH" .sam/bin/sam build --build-dir .aws-sam/$$one \
			--parameter-overrides Architecture=$$one; \
		for step in .aws-sam/$$one/*/intake; do \
			$(PYTHON313) -m compileall -q -j 0 --invalidation-mode unchecked-hash \
				-s "$${step%/intake}" -p /var/task "$${step%/intake}"; \
		done; \
		layer=.aws-sam/$$one/InspectionLayer/python; \
		rm -rf $$layer/requirements.txt $$layer/*.data $$layer/pydicom/data/{test,charset}_files; \
		$(PYTHON313) -m compileall -q -j 0 --invalidation-mode unchecked-hash \
			-s $$layer -p /opt/python $$layer; \
		du -cm -s .aws-sam/$$one/CheckUpload $$layer | \
			awk -v what=$$one 'END {print what ": check_upload and its layer, " $$1 " of 250 MB"}'; \
	done

bench: .venv/ready $(VENDOR)/ready $(SCRIPT) ## Time what the goals name, beside a baseline
	.venv/bin/python -m tests.bench

# Apart, because Lighthouse brings 190 MB that nothing else needs.
bench-web: .venv/ready $(VENDOR)/ready $(SCRIPT) tests/bench/web/node_modules/ready ## Weigh the pages, and ask Lighthouse
	.venv/bin/python -m tests.bench.web

publish: .venv/ready $(VENDOR)/ready $(SCRIPT) ## Put the pages' files behind the domain of its own (STACK=name)
	@.venv/bin/python -m infra.operate publish

# The better part of an hour on two processors. With SEED=n one random day again, byte for byte.
faults: .venv/ready $(SCRIPT) ## Break everything that can break and count what is lost (SEED=n: one day again)
ifneq ($(SEED),)
	@.venv/bin/python -m tests.faults --seed $(SEED)
else
	.venv/bin/python -m tests.faults.removals
	PYTHONPATH=functions .venv/bin/python -m tests.faults.naive
	.venv/bin/python -m tests.faults.kills
	.venv/bin/python -m tests.faults
endif

load: .venv/ready $(VENDOR)/ready $(SCRIPT) ## Post for a minute while AWS breaks, and account for every inquiry (SEED=n)
	.venv/bin/python -m tests.load $(if $(SEED),--seed $(SEED))

stalled: .venv/ready ## Say what is late or ended badly (STACK=name)
	@.venv/bin/python -m infra.operate stalled

redrive: .venv/ready ## Put dead letters back to where they came from (STACK=name QUEUE=TeamDead)
	@.venv/bin/python -m infra.operate redrive $(QUEUE)

clean: ## Remove everything that make made
	rm -rf .venv .venv313 .sam .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		infra/node_modules tests/bench/web/node_modules $(VENDOR) $(SCRIPT)
	[[ ! -e samples/.made-by-make-samples ]] || rm -rf samples
	find functions infra tests -name __pycache__ -type d -prune -exec rm -rf {} +

lock: .venv/ready ## Pin anew what pyproject.toml names
	.venv/bin/uv pip compile -q --generate-hashes --universal --no-header --upgrade \
		pyproject.toml -o functions/requirements.txt
	.venv/bin/uv pip compile -q --generate-hashes --universal --no-header --upgrade \
		--group inspection -o infra/inspection/requirements.txt
	.venv/bin/uv pip compile -q --generate-hashes --universal --no-header --upgrade \
		--extra dev --group inspection -c functions/requirements.txt \
		-c infra/inspection/requirements.txt pyproject.toml -o tests/requirements.txt
	.venv/bin/uv pip compile -q --generate-hashes --universal --no-header --upgrade \
		--python-version 3.11 infra/sam-requirements.in -o infra/sam-requirements.txt
	npm update --prefix infra --package-lock-only --loglevel=error >/dev/null

# pip alone takes a minute and a half for what uv does in seconds, so pip brings only uv: the lines
# of it, hashes and all, that the pinned file has.
.venv/ready: tests/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python3 must be 3.11 or newer")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/[^\\]$$/p' $< > .venv/uv.txt
	.venv/bin/python -m pip install -q --require-hashes -r .venv/uv.txt
	.venv/bin/uv pip sync -q --python .venv/bin/python --require-hashes $<
	@touch $@

.venv313/ready: tests/requirements.txt .venv/ready
	.venv/bin/uv venv -q --clear --python $(PYTHON313) .venv313
	.venv/bin/uv pip sync -q --python .venv313/bin/python --require-hashes $<
	@touch $@

# Apart, because SAM pins other versions of the same packages.
.sam/ready: infra/sam-requirements.txt .venv/ready
	.venv/bin/uv venv -q --clear --python .venv/bin/python .sam
	.venv/bin/uv pip sync -q --python .sam/bin/python --require-hashes $<
	@touch $@

# The lock file has every package's checksum; none of their install scripts run.
infra/node_modules/ready: infra/package-lock.json infra/package.json infra/.npmrc
	npm ci --prefix infra --ignore-scripts --loglevel=error >/dev/null
	@touch $@

tests/bench/web/node_modules/ready: tests/bench/web/package-lock.json tests/bench/web/package.json
	npm ci --prefix tests/bench/web --ignore-scripts --loglevel=error >/dev/null
	@touch $@

$(VENDOR)/ready: infra/node_modules/ready
	@mkdir -p $(VENDOR)
	cp infra/node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js $(VENDOR)/
	cp infra/node_modules/oidc-client-ts/LICENSE $(VENDOR)/oidc-client-ts.LICENSE
	cp infra/node_modules/jwt-decode/LICENSE $(VENDOR)/jwt-decode.LICENSE
	@touch $@

script: $(SCRIPT)

# Names of properties that only the script gives and reads: they get short ones. What the server's JSON,
# a page or a browser knows by its name keeps it; test_script.py compares.
OWN = $(shell echo asked base batch begin begun birthDate bodyPart button by chosen dicom draw element filled \
	forget images isUnfinished keeps leaving look lost main mark named patientName \
	popped prefix put reveal root row said say show stop studies study studyDate told \
	under uploads wake why words written | tr -s ' ' '|')
LETTERS = $(shell echo {a..z} | tr ' ' ,)

# The outermost names are shortened first, and not to one small letter: then all functions have the
# same few for what is theirs, which packs better.
$(SCRIPT): infra/node_modules/ready $(wildcard infra/website/form/*.js)
	infra/node_modules/.bin/esbuild infra/website/form/form.js --bundle --format=esm \
		--target=es2022 --charset=utf8 --log-level=warning | \
	infra/node_modules/.bin/terser --module --ecma 2022 --mangle "reserved=[$(LETTERS)]" \
		--mangle-props 'regex=/^($(OWN))$$/' \
		--compress passes=4,unsafe,unsafe_arrows,unsafe_methods,pure_getters,sequences=false | \
	infra/node_modules/.bin/terser --ecma 2022 --mangle --output $@

# Debian's headless shell draws the same pages as its Chromium with a third less work; on a machine
# that has a Chromium already, only CI installs it. Noto has Thai and Arabic letters, and without it
# a page is as wide as whatever font the machine happens to have.
chromium:
	@wanted=""; \
	command -v chromium-headless-shell >/dev/null || \
		{ [[ "$${CI:-}" != true ]] && command -v chromium >/dev/null; } || wanted=chromium; \
	fc-list 2>/dev/null | grep NotoSansThai-Regular >/dev/null || wanted+=" fonts"; \
	[[ -n "$$wanted" ]] || exit 0; \
	sudo=; [[ $$(id -u) == 0 ]] || sudo="sudo -n"; \
	bring() { $$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "$$@" >/dev/null; }; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null && $$sudo apt-get update -qq; then \
		[[ "$$wanted" != *chromium* ]] || bring chromium-headless-shell || bring chromium; \
		[[ "$$wanted" != *fonts* ]] || bring fontconfig fonts-noto-core; \
	fi; \
	command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || \
		echo "chromium: not found, and it can't be installed here; install it for the journeys"
