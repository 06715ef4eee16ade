# make          everything that has to hold before a commit
# make test     the tests alone            make bench    speed and memory
# make fuzz     every fuzz test            make update   what is generated
# make figures  how right the parser is on the corpora
# make test-servers  the probe against Postfix, Exim, OpenSMTPD, unbound (Debian, as root)
#
# Only Go, and for "make" a C compiler (the race detector wants one), is needed
# from the machine. The corpora are not part of the repository; without them the
# tests that want them are skipped.

export MAILTRACE_CORPORA ?= $(abspath ../shared/corpora)

# A corpus that is not there is one that is not set: the tests skip then.
ifeq ($(wildcard $(MAILTRACE_CORPORA)),)
override MAILTRACE_CORPORA :=
endif

GO       ?= go
FUZZTIME ?= 30s

# Packages that read what strangers wrote, each of which needs a fuzz test.
PARSERS  := received analyze/mailbox analyze/domain analyze/auth analyze/bulk probe probe/dns report report/batch report/text cmd/mailtrace

.PHONY: all check fmt vet staticcheck race build cross test test-servers bench fuzz update figures

all: check race build cross

check: fmt vet staticcheck

fmt:
	@bad=$$(gofmt -l .); test -z "$$bad" || { echo "not gofmt'ed (gofmt -w .):"; echo "$$bad"; exit 1; }

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) tool staticcheck ./...

test:
	$(GO) test ./...

# The corpora are read whole by "make test"; under the race detector, where that
# takes minutes, in part.
race:
	$(GO) test -race -short ./...

# The servers are unpacked below a directory, and nothing is installed; the table of
# what has to be seen of each is printed. -count: the cache does not know of them.
test-servers: export MAILTRACE_SERVERS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mailtrace/servers
test-servers:
	@bash probe/testdata/servers/unpack.sh "$$MAILTRACE_SERVERS"
	@$(GO) test -count=1 -v -run '^TestServers' ./probe

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o mailtrace ./cmd/mailtrace

# That it builds, and its tests compile, is all that is asked here.
cross:
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; set -ex; \
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) build -trimpath -o "$$dir/" ./cmd/mailtrace; \
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build -trimpath -o "$$dir/" ./cmd/mailtrace; \
	GOOS=windows GOARCH=amd64 $(GO) vet ./...

# One core, as the figures are given, and the garbage collector as main sets it.
# COUNT=10 for benchstat: make bench COUNT=10 >new
COUNT ?= 1
bench:
	GOGC=400 $(GO) test -run '^$$' -bench . -benchmem -cpu 1 -count $(COUNT) ./...

fuzz:
	@for p in $(PARSERS); do \
		grep -qs '^func Fuzz' $$p/*_test.go || { echo "$$p reads hostile bytes and has no fuzz test"; exit 1; }; \
	done
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go | while read -r f; do \
			echo "$$dir $$f $(FUZZTIME)"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$dir </dev/null || exit 1; \
		done || exit 1; \
	done

# Golden files, the JSON Schema, the outputs in the README. Look at the difference.
# The schema comes first: the others are checked against it.
update:
	$(GO) test ./report -run Schema -update
	$(GO) test $$(grep -rlE --include='*_test.go' 'flag\.Bool\("update"' . | xargs -n1 dirname | sort -u) -update
	git status --short

figures:
	@$(GO) test -count=1 -run 'Corpus|Corpora|Suite' -v ./... | grep -v -e '^=== ' -e 'no test files'
