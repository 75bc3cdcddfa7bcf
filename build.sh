#!/usr/bin/env bash
# Builds, tests and shows UringSharp on a machine that has only the .NET 10 SDK, git, and root or sudo.
set -euo pipefail

caller=$PWD
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
root=$PWD

artifacts=$root/artifacts
logs=$artifacts/logs
solution=UringSharp.sln
library=$artifacts/native/release/liburingsharp.so
faults_library=$artifacts/native/release/liburingsharp_faults.so
# A copy of the tests, with that library in the other's place.
faults_tests=$artifacts/faults-tests
ceiling=$artifacts/native/release/uring-ceiling
tests=$artifacts/bin/UringSharp.Tests/release/UringSharp.Tests.dll
extensions_tests=$artifacts/bin/UringSharp.Extensions.Tests/release/UringSharp.Extensions.Tests.dll
test_results=$artifacts/test-results

export DOTNET_CLI_TELEMETRY_OPTOUT=1
export DOTNET_NOLOGO=1
export DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1
# Nothing started here outlives the command.
export MSBUILDDISABLENODEREUSE=1

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB

  setup     install the Debian or Ubuntu packages that are missing
  build     build the native library, the managed library, the tool and the tests
  generate  make the C# bindings in generated/ anew from the C header
  demo      build, then run the proof: uring demo
  sample    build, then run the web service in src/Samples (its arguments are passed on; "load" compares it with FileStream under load)
  bench     build, then measure: uring bench and single calls (--quick, --json FILE, --html FILE, --rows GLOB; --help says more)
  test      build, then run every test and check (--filter EXPR: only these .NET tests)
  test-matrix
            build, then run all .NET tests where io_uring is denied, and as on Linux 5.15 and 6.1, and some without each feature
  soak-faults [MINUTES]
            build, then run tests over a kernel that errs often, with a new seed each time (10 minutes)
  soak [MINUTES] [SEED] [JOB…]
            build, then do all there is at the same time, and see that nothing fails or is left behind (10 minutes)
  kernel-VERSION
            build, then run the C tests, and the soak for a minute, under Debian's kernel of that version in an emulator (kernel-6.1, kernel-6.12)
  pack      build the NuGet packages into artifacts/packages (on x86-64 Debian or Ubuntu, with cross compilers it installs)
  clean     remove artifacts/, where everything that is built lands
TEXT
}

say() { printf '%s\n' "$*"; }

# Runs a command with its output in a log, and shows the log only when the command fails. A file and not a pipe:
# a build server that inherits a pipe keeps whoever reads it waiting. Its callers return at its failure themselves: the
# shell does not, inside a function whose own result is being tested.
quietly() {
  local log=$logs/$1.log
  shift
  mkdir -p "$logs"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    return 1
  fi
}

# Runs something beside what follows, in a process group of its own, so that it ends with this script, whole.
beside=''
start_beside() {
  set -m
  "$@" </dev/null &
  beside=$!
  set +m
}

# Waits for it; false where it failed or was ended.
await_beside() {
  local code=0
  wait "$beside" || code=$?
  beside=''
  return "$code"
}

end_beside() { [[ -z $beside ]] || kill -- "-$beside" 2>/dev/null || true; }
trap end_beside EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- setup -----------------------------------------------------------------------------------------------------------

have() { command -v "$1" >/dev/null; }

# True if any of the patterns names a file.
any_file() {
  local pattern
  for pattern; do
    compgen -G "$pattern" >/dev/null && return
  done
  return 1
}

liburing_is_new_enough() {
  # io_uring_register_sync_cancel came with 2.3.
  gcc -fsyntax-only -x c - 2>/dev/null <<'C'
#include <liburing.h>
int (*since)(struct io_uring *, struct io_uring_sync_cancel_reg *) = io_uring_register_sync_cancel;
C
}

# What is missing, one word a line: the names Debian's packages go by, without version numbers.
missing_parts() {
  local command
  local -A part=([cmake]=cmake [ninja]=ninja-build [gcc]=gcc [clang-tidy]=clang-tidy [cppcheck]=cppcheck
    [shellcheck]=shellcheck [setpriv]=util-linux)
  for command in cmake ninja gcc clang-tidy cppcheck shellcheck setpriv; do
    have "$command" || say "${part[$command]}"
  done
  any_file /usr/include/stdio.h || say libc6-dev
  if ! any_file /usr/include/liburing.h /usr/local/include/liburing.h; then
    say liburing-dev
  elif have gcc && any_file /usr/include/stdio.h && ! liburing_is_new_enough; then
    say liburing-dev
  fi
  # 14 or newer: Debian's folders, then its links, then everybody else's. libclang-cpp is another library.
  any_file '/usr/lib/llvm-1[4-9]/lib/libclang.so*' '/usr/lib/llvm-[2-9][0-9]/lib/libclang.so*' \
    '/usr/lib/*/libclang-1[4-9].so*' '/usr/lib/*/libclang-[2-9][0-9].so*' \
    '/usr/lib/llvm[0-9]*/lib/libclang.so*' '/usr/lib/libclang.so*' '/usr/lib64/libclang.so*' || say libclang1
  # The compiler's own headers, stddef.h and its like, which libclang does not bring.
  any_file '/usr/lib/llvm*/lib/clang/*/include/stddef.h' '/usr/lib*/clang/*/include/stddef.h' ||
    say libclang-common-dev
}

# The version of libclang to install: the one the distribution's clang-tidy brings, else the first from 14 on.
libclang_version() {
  local version
  version=$(apt-cache depends clang-tidy 2>/dev/null | sed -n 's/^ *Depends: clang-tidy-\([0-9]*\)$/\1/p' | head -n 1)
  if [[ -n $version ]] && has_candidate "libclang1-$version"; then
    say "$version"
    return
  fi
  for version in {14..40}; do
    if has_candidate "libclang1-$version"; then
      say "$version"
      return
    fi
  done
  say 14
}

has_candidate() {
  apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'
}

# The names of the missing parts (arguments 2 and on) for a package manager (argument 1).
package_names() {
  local manager=$1 version=14 part
  shift
  if [[ $manager == apt ]] && have apt-cache; then
    version=$(libclang_version)
  fi
  for part; do
    case $manager:$part in
      apt:libclang1) say "libclang1-$version" ;;
      apt:libclang-common-dev) say "libclang-common-$version-dev" ;;
      dnf:libc6-dev) say glibc-devel ;;
      dnf:liburing-dev) say liburing-devel ;;
      dnf:libclang1 | dnf:libclang-common-dev) say clang-libs ;;
      dnf:clang-tidy) say clang-tools-extra ;;
      dnf:shellcheck) say ShellCheck ;;
      apk:libc6-dev) say musl-dev ;;
      apk:libclang1) say clang-libclang ;;
      apk:libclang-common-dev) say clang-dev ;;
      apk:clang-tidy) say clang-extra-tools ;;
      apk:util-linux) say setpriv ;;
      pacman:libc6-dev) say glibc ;;
      pacman:ninja-build) say ninja ;;
      pacman:liburing-dev) say liburing ;;
      pacman:libclang1 | pacman:libclang-common-dev | pacman:clang-tidy) say clang ;;
      *) say "$part" ;;
    esac
  done | sort -u | paste -sd ' '
}

name_missing() {
  say "Missing, to be installed by hand ($1):"
  shift
  say "  apt:    $(package_names apt "$@")"
  say "  dnf:    $(package_names dnf "$@")"
  say "  apk:    $(package_names apk "$@")"
  say "  pacman: $(package_names pacman "$@")"
}

# Installs the missing parts with apt-get, or says their names and fails.
install_parts() {
  local -a as_root=() parts=("$@") packages=()
  if ! have apt-get; then
    name_missing 'there is no apt-get here' "${parts[@]}" >&2
    return 1
  fi
  if ((EUID != 0)); then
    if have sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
      as_root=(sudo)
    else
      name_missing 'this is not root, and sudo is absent or asks for a password' "${parts[@]}" >&2
      return 1
    fi
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)

  local output
  if ! output=$("${as_root[@]}" apt-get update -qq 2>&1); then
    # One broken source among several is no reason to give up: the install will tell.
    say "apt-get update: $output" >&2
  fi
  read -ra packages <<<"$(package_names apt "${parts[@]}")"
  say "installing: ${packages[*]}"
  if ! output=$("${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" 2>&1 </dev/null); then
    say "$output" >&2
    name_missing 'apt-get failed, as said above' "${parts[@]}" >&2
    return 1
  fi
}

setup() {
  local -a parts
  local failed=0
  mapfile -t parts < <(missing_parts)
  if ((${#parts[@]})); then
    install_parts "${parts[@]}" || failed=1
    if ((!failed)); then
      mapfile -t parts < <(missing_parts)
      if ((${#parts[@]})); then
        name_missing 'still missing, or too old, after apt-get: liburing must be 2.3 or newer, libclang 14 or newer' \
          "${parts[@]}" >&2
        failed=1
      fi
    fi
  fi
  if ! have dotnet || ! dotnet --list-sdks | grep -q '^10\.'; then
    cat >&2 <<'TEXT'
The .NET 10 SDK is missing (the command `dotnet` and an SDK 10.0 behind it):
  https://dotnet.microsoft.com/download/dotnet/10.0, or on Ubuntu: apt-get install dotnet-sdk-10.0
TEXT
    failed=1
  fi
  ((!failed)) || exit 1
}

# --- build -----------------------------------------------------------------------------------------------------------

# Builds one native tree: its name, then arguments for CMake.
build_native() {
  local name=$1 tree=$artifacts/native/$1
  shift
  # A tree that was configured somewhere else, before this folder was moved or copied, is of no use.
  if [[ -f $tree/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$tree/CMakeCache.txt"; then
    rm -rf -- "$tree"
  fi
  if [[ ! -f $tree/build.ninja ]]; then
    quietly "configure-$name" cmake -S "$root" -B "$tree" -G Ninja "$@" || return
  fi
  quietly "build-$name" cmake --build "$tree"
}

# A fingerprint of all that `dotnet build` reads. What is built from it lies in artifacts/, so every other file counts.
fingerprint_inputs() {
  {
    say "$(command -v dotnet)" "$(dotnet --list-sdks)" "${NUGET_PACKAGES-}" "${CI-}"
    find . \( -path ./.git -o -path ./artifacts \) -prune -o -type f ! -name '*.md' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
    sha256sum "$library" "$ceiling"
  } 2>&1 | sha256sum
}

# A fingerprint of what it wrote, so that a build started by other hands is noticed.
fingerprint_outputs() {
  {
    find artifacts/bin -path '*/release/*' -type f \( -name '*.dll' -o -name '*.so' -o -name '*.json' -o -perm -u+x \) \
      -printf '%p %s %T@\n'
    find artifacts/obj -name project.assets.json -printf '%p %s %T@\n'
  } 2>&1 | LC_ALL=C sort | sha256sum
}

build_managed() {
  local stamp=$artifacts/managed-build.stamp inputs
  # Taken before the build: what changes meanwhile is built next time.
  inputs=$(fingerprint_inputs)
  if [[ -f $stamp && $(<"$stamp") == "$inputs"$'\n'"$(fingerprint_outputs)" ]]; then
    return
  fi
  rm -f -- "$stamp"
  quietly build-managed dotnet build "$solution" -c Release -v quiet -tl:off -nodeReuse:false \
    -p:UseSharedCompilation=false || return
  printf '%s\n%s\n' "$inputs" "$(fingerprint_outputs)" >"$stamp"
}

build() {
  local before=${EPOCHREALTIME/./}
  if ! build_native release; then
    say 'The native build failed.' >&2
    return 1
  fi
  if ! build_managed; then
    say 'The managed build failed.' >&2
    return 1
  fi
  built_milliseconds=$(((${EPOCHREALTIME/./} - before) / 1000))
}

# --- test ------------------------------------------------------------------------------------------------------------

passed=0
failed=0
skipped=0

# Adds a suite's counts to the sum and prints its line.
count() {
  say "$1: $2 passed, $3 failed, $4 skipped"
  passed=$((passed + $2))
  failed=$((failed + $3))
  skipped=$((skipped + $4))
}

# Both report readers print "passed failed skipped" and then a line for each skipped test with its reason.

read_junit() {
  awk '
    function plain(text) {
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text)
      gsub(/&#xA;|&#10;/, " ", text); gsub(/&amp;/, "\\&", text)
      return text
    }
    function finish() {
      if (status == "run") passed++
      else if (status == "fail" || !skip) failed++
      else {
        skipped++
        gsub(/[ \t\n]+/, " ", output); sub(/^ /, "", output); sub(/ $/, "", output)
        reasons = reasons "  skipped " name ": " (output == "" ? "it gave no reason" : plain(output)) "\n"
      }
    }
    /<testcase / {
      name = $0; sub(/.*<testcase name="/, "", name); sub(/".*/, "", name)
      status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status)
      output = ""; inside = 0; skip = 0
    }
    /<skipped/ { skip = 1 }
    /<system-out>/ { inside = 1 }
    inside {
      line = $0; sub(/.*<system-out>/, "", line)
      if (sub(/<\/system-out>.*/, "", line)) inside = 0
      output = output " " line
    }
    /<\/testcase>/ { finish() }
    END { printf "%d %d %d\n%s", passed, failed, skipped, reasons }
  ' "$1"
}

read_trx() {
  awk '
    function plain(text) {
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text)
      gsub(/&#xA;|&#xD;/, " ", text); gsub(/&amp;/, "\\&", text)
      return text
    }
    function finish() {
      if (outcome == "Passed") passed++
      else if (outcome == "NotExecuted" || outcome == "Inconclusive" || outcome == "Warning") {
        skipped++
        gsub(/[ \t\r\n]+/, " ", message); sub(/^ /, "", message); sub(/ $/, "", message)
        reasons = reasons "  skipped " plain(name) ": " (message == "" ? "it gave no reason" : plain(message)) "\n"
      }
      else failed++
    }
    /<UnitTestResult / {
      name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name)
      outcome = $0; sub(/.* outcome="/, "", outcome); sub(/".*/, "", outcome)
      message = ""; inside = 0
      if ($0 ~ /\/>[ \r]*$/) { finish(); next }
    }
    /<Message>/ { inside = 1 }
    inside {
      line = $0; sub(/.*<Message>/, "", line)
      if (sub(/<\/Message>.*/, "", line)) inside = 0
      message = message " " line
    }
    /<\/UnitTestResult>/ { finish() }
    END { printf "%d %d %d\n%s", passed, failed, skipped, reasons }
  ' "$1"
}

# Counts a suite from its report (argument 2, read by argument 3) and the exit code of its runner (argument 4), whose log
# (argument 5) is shown when anything failed. A runner that fails without a failed test has itself failed.
count_report() {
  local name=$1 report=$2 reader=$3 code=$4 log=$5 summary='0 0 0' ok bad not
  [[ -f $report ]] && summary=$("$reader" "$report")
  read -r ok bad not <<<"${summary%%$'\n'*}"
  if ((bad == 0 && (code != 0 || ok + not == 0))) || { ((code != 0)) && grep -qE '^(The active test run was aborted|Test Run Aborted)' "$log"; }; then
    bad=$((bad + 1))
    say "$name: the runner ended with exit code $code after $((ok + bad - 1 + not)) results"
  fi
  if ((bad)); then
    cat "$log"
  fi
  count "$name" "$ok" "$bad" "$not"
  if [[ $summary == *$'\n'* ]]; then
    say "${summary#*$'\n'}"
  fi
}

test_native() {
  local name=$1 tree=$2 report=$logs/ctest-$2.xml log=$logs/ctest-$2.log code=0
  rm -f -- "$report"
  ctest --test-dir "$artifacts/native/$tree" --output-on-failure --output-junit "$report" --no-tests=error \
    --test-output-size-passed 65536 >"$log" 2>&1 </dev/null || code=$?
  count_report "$name" "$report" read_junit "$code" "$log"
}

# Runs .NET tests: what their files are called, the assembly, a filter (empty: all), and what starts them.
run_dotnet_tests() {
  local slug=$1 assembly=$2 expression=$3 code=0
  local -a which=()
  shift 3
  [[ -z $expression ]] || which=(--filter "$expression")
  rm -rf -- "${test_results:?}/$slug"
  mkdir -p "$test_results/$slug"
  # Blame names the test that was running when the test host died or hung.
  "$@" dotnet test "$assembly" --results-directory "$test_results/$slug" --logger 'trx;LogFileName=tests.trx' \
    --logger 'console;verbosity=minimal' --blame-hang-timeout "${US_TEST_HANG_TIMEOUT:-15m}" --blame-hang-dump-type none \
    "${which[@]}" >"$logs/$slug.log" 2>&1 </dev/null || code=$?
  say "$code" >"$test_results/$slug/exit-code"
}

# Counts them, once they have ended: their name, and what their files are called.
count_dotnet_tests() {
  local code=1
  [[ -f $test_results/$2/exit-code ]] && code=$(<"$test_results/$2/exit-code")
  count_report "$1" "$test_results/$2/tests.trx" read_trx "$code" "$logs/$2.log"
}

# The .NET tests in other surroundings. Which tests of a part: those of the category Faults, as below. Not those of the categories Uring and Multishot where there is no
# io_uring or no READ_MULTISHOT, nor those of the category Kernel where the kernel plays another.
part='&TestCategory=Faults'

# Where seccomp denies io_uring, as containers do: an errno, and a filter beside.
run_denied() {
  run_dotnet_tests "denied-$1" "$tests" "TestCategory!=Uring&TestCategory!=Multishot$2" "$artifacts/native/release/child-deny" "$1"
}

# As on an older kernel, or without a feature: see KernelMask.cs.
run_masked() {
  local without=''
  if [[ $1 != -* || $1 == -ReadMultishot ]]; then
    without='&TestCategory!=Multishot'
  fi
  run_dotnet_tests "kernel$1" "$tests" "TestCategory!=Kernel$without$2" env "URINGSHARP_KERNEL=$1"
}

run_older_kernels() {
  local whole=$1 feature
  shift
  run_masked 5.15 "$whole"
  for feature; do
    run_masked "-$feature" "$part"
  done
}

# The whole three times, but for what looks at packages, and a part for each feature. Two at a time, as everywhere here.
test_matrix() {
  local feature whole='&TestCategory!=Package'
  local -a features=(SubmitAll SingleIssuer DeferTaskRun ReadMultishot MinimumWait OpenAt MakeDirectory FileTruncate FutexWait MessageRing)
  mkdir -p "$logs"
  rm -rf -- "$test_results"
  start_beside run_older_kernels "$whole" "${features[@]}"
  run_denied EPERM "$whole"
  run_denied ENOSYS "$part"
  run_masked 6.1 "$whole"
  await_beside || count 'what ran beside' 0 1 0
  count_dotnet_tests 'io_uring denied (EPERM)' denied-EPERM
  count_dotnet_tests 'io_uring denied (ENOSYS)' denied-ENOSYS
  for feature in 5.15 6.1 "${features[@]/#/-}"; do
    count_dotnet_tests "kernel $feature" "kernel$feature"
  done
  say "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}

# The .NET tests over the library that errs often (native/src/faults.h), once for each seed. Which tests: those of the category Faults, in a soak also
# those of FaultsSoak, without those marked NotWithFaults, each with its reason. A fixture whose tests expect one read to take all that was written is not
# among them: a short read is the commonest fault. Nor are the engine's, which write by the faulty library themselves and count what is submitted.
prepare_faults() {
  rm -rf -- "$faults_tests" "$artifacts/faults-report"
  cp -r -- "$artifacts/bin/UringSharp.Tests/release" "$faults_tests"
  cp -- "$faults_library" "$faults_tests/liburingsharp.so"
}

# A seed, and which tests.
run_faults() {
  run_dotnet_tests "faults-$1" "$faults_tests/UringSharp.Tests.dll" "($2)&TestCategory!=NotWithFaults" \
    env "URINGSHARP_FAULTS=$(faults_of "$1")" "URINGSHARP_FAULTS_REPORT=$artifacts/faults-report"
}

count_faults() { count_dotnet_tests "faults, URINGSHARP_FAULTS=$(faults_of "$1")" "faults-$1"; }

faults_of() { say "$1:${US_FAULTS_RATE:-50}:0x3ff"; }

# The faults of all runs so far, of each kind and in all.
sum_faults() {
  awk '
    { for (i = 2; i < NF; i += 2) { if (!($i in sum)) order[++kinds] = $i; sum[$i] += $(i + 1) } total += $1 }
    END { printf "%d", total; for (k = 1; k <= kinds; k++) printf "%s %s %d", (k == 1 ? ":" : ","), order[k], sum[order[k]]; printf "\n" }
  ' "$artifacts/faults-report" 2>/dev/null || say 0
}

# A layer that errs too seldom proves nothing.
require_faults() {
  local injected
  injected=$(sum_faults)
  say "faults injected: $injected"
  if ((${injected%%[: ]*} < $1)); then
    say "faults: that is less than $1"
    count 'enough faults' 0 1 0
  else
    count 'enough faults' 1 0 0
  fi
}

# The tests of UringSharp.Extensions and those that use the packages; and a part of all where io_uring is denied, as on an older kernel, and over faults (each test once, half of them with
# one seed, half with another).
run_variants() {
  prepare_faults
  run_dotnet_tests packages "$tests" TestCategory=Package
  run_dotnet_tests extensions "$extensions_tests" ''
  run_denied EPERM "$part"
  run_faults 1 'TestCategory=Faults&FullyQualifiedName~.Files.'
  run_masked 5.15 "$part"
  run_faults 2 'TestCategory=Faults&FullyQualifiedName!~.Files.'
}

count_variants() {
  count_dotnet_tests 'packages' packages
  count_dotnet_tests 'extensions and sample' extensions
  count_dotnet_tests 'io_uring denied (EPERM)' denied-EPERM
  count_dotnet_tests 'kernel 5.15' kernel5.15
  count_faults 1
  count_faults 2
  require_faults 20000
}

random_seed() { od -An -N4 -tu4 /dev/urandom | tr -d ' '; }

soak_faults() {
  local end=$((SECONDS + $1 * 60)) seed
  mkdir -p "$logs"
  prepare_faults
  while ((SECONDS < end && failed == 0)); do
    seed=$(random_seed)
    run_faults "$seed" 'TestCategory=Faults|TestCategory=FaultsSoak'
    count_faults "$seed"
  done
  require_faults 1
  say "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}

# One check that passes or fails as a whole: its name, and what does it. Beside other things; counted when it has ended.
run_check() {
  local name=$1 answer=passed
  shift
  if ! have "$1"; then
    answer="$1 is not installed"
  elif ! quietly "$name" "$@" 2>&1; then
    answer=failed
  fi
  say "$answer" >"$logs/$name.answer"
}

count_check() {
  local answer
  answer=$(<"$logs/$1.answer") || answer=failed
  case $answer in
    passed) count "$1" 1 0 0 ;;
    failed) count "$1" 0 1 0 ;;
    *)
      count "$1" 0 0 1
      say "  skipped $1: $answer"
      ;;
  esac
}

checks=(clang-tidy cppcheck shellcheck dotnet-format pack)

# What is compiled or read by tools, and the packages that the tests of category Package use: where there is nothing to compile for other runtimes
# with, those skip.
run_checks() {
  # Which checks, and why not the others, says native/.clang-tidy.
  run_check clang-tidy clang-tidy --quiet -p "$artifacts/native/release" native/src/*.c
  run_check cppcheck cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppress=missingIncludeSystem -D_GNU_SOURCE -I native/include native/src
  run_check shellcheck shellcheck build.sh .ci/run
  run_check dotnet-format dotnet format "$solution" --verify-no-changes --no-restore
  rm -rf -- "$package_folder"
  if setup_pack; then
    run_check pack pack
  else
    say 'what it needs cannot be installed, as said above' >"$logs/pack.answer"
  fi
}

filter=''

read_test_arguments() {
  while (($#)); do
    if [[ $1 != --filter || $# -lt 2 ]]; then
      say "test takes --filter EXPR and nothing else: $*" >&2
      exit 2
    fi
    filter=$2
    shift 2
  done
}

# Two things at a time: the tests wait more than they compute, and the tools have one thread each.
run_tests() {
  local name main=$filter
  mkdir -p "$logs"
  if [[ -z $filter ]]; then
    rm -rf -- "$logs"/*.answer "$test_results"
    start_beside run_checks
    test_native 'native tests' release
    if build_native asan -DUS_SANITIZE=ON; then
      test_native 'native tests, ASan and UBSan' asan
    else
      count 'native tests, ASan and UBSan' 0 1 0
    fi
    await_beside || count 'the checks beside' 0 1 0
    for name in "${checks[@]}"; do
      count_check "$name"
    done
    main='TestCategory!=Package'
    start_beside run_variants
  fi
  run_dotnet_tests dotnet-test "$tests" "$main"
  [[ -n $filter ]] || await_beside || count 'the tests beside' 0 1 0
  count_dotnet_tests 'dotnet test' dotnet-test
  if [[ -z $filter ]]; then
    count_variants
  fi

  say "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}

# --- other kernels ---------------------------------------------------------------------------------------------------

# Lays the newest kernel of a version (argument 1) into a folder (argument 2): /boot and /lib of its package. Only the small kernel for virtual
# machines will do; it is not installed.
fetch_kernel() {
  local version=$1 folder=$2 package
  package=$(apt-cache pkgnames "linux-image-$version." | grep -x "linux-image-${version//./\\.}\\.[0-9].*-cloud-amd64" | sort -V | tail -n 1)
  if [[ -z $package ]]; then
    say "There is no package linux-image-$version.*-cloud-amd64 here: apt-get update, on Debian?" >&2
    return 1
  fi
  say "$package"
  if [[ -f $folder/$package.stamp ]]; then
    return
  fi
  rm -rf -- "$folder"
  mkdir -p "$folder"
  (cd "$folder" && quietly "download-$package" apt-get download "$package") || return
  quietly "unpack-$package" dpkg-deb -x "$folder/$package"_*.deb "$folder" || return
  rm -f -- "$folder"/*.deb
  : >"$folder/$package.stamp"
}

# Copies the shared objects that programs need (arguments 2 and on) to where they lie here, below a folder (argument 1).
copy_needed() {
  local folder=$1 object
  shift
  for object in $(ldd "$@" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' | sort -u); do
    if [[ -f $object && ! -e $folder$object ]]; then
      mkdir -p "$folder$(dirname -- "$object")"
      cp -L -- "$object" "$folder$object"
    fi
  done
}

# The root folder of the emulated machine (argument 2), which it has in memory: the C tests, and TestChild with the runtime it needs.
make_machine() {
  local kernel=$1 folder=$2 order=0 dotnet version module
  rm -rf -- "$folder"
  mkdir -p "$folder"/{tests,dotnet,child,modules}
  find "$artifacts/native/release" -maxdepth 1 -type f -perm -u+x ! -name '*.so' ! -name uring-ceiling -exec cp -t "$folder/tests" -- {} +
  mv -- "$folder/tests/child-init" "$folder/init"
  copy_needed "$folder" "$folder/init" "$folder"/tests/*
  printf '%s\n' '/tests/child-deny EPERM /tests/epoll-ring' '/tests/child-deny ENOSYS /tests/epoll-ring' >"$folder/commands"

  # As they are installed: a self-contained publish would want a runtime from a registry.
  dotnet=$(dirname -- "$(readlink -f -- "$(command -v dotnet)")")
  version=$(dotnet --list-runtimes | awk '$1 == "Microsoft.NETCore.App" && $2 ~ /^10\./ { last = $2 } END { print last }')
  mkdir -p "$folder/dotnet/shared/Microsoft.NETCore.App"
  cp -r -- "$dotnet/dotnet" "$dotnet/host" "$folder/dotnet"
  cp -r -- "$dotnet/shared/Microsoft.NETCore.App/$version" "$folder/dotnet/shared/Microsoft.NETCore.App"
  cp -r -- "$artifacts/bin/UringSharp.TestChild/release/." "$folder/child"
  copy_needed "$folder" "$folder/dotnet/dotnet" "$folder/dotnet/shared/Microsoft.NETCore.App/$version"/*.so "$folder/child/liburingsharp.so"
  printf '/dotnet/dotnet /child/UringSharp.TestChild.dll %s\n' 'smoke /disk' "soak 1 $RANDOM" >>"$folder/commands"
  # The processes that the soak starts, where it looks for them.
  mkdir -p "$folder$artifacts/native/release" "$folder/usr/bin"
  cp -- "$artifacts/native/release/child-writer" "$folder$artifacts/native/release"
  cp -- "$(command -v cat)" "$folder/usr/bin"
  copy_needed "$folder" "$folder/usr/bin/cat"

  # A disk with ext4, since the page cache of a file system in memory cannot be asked. What of its driver is built in is no module.
  for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
    module=$(find "$kernel/lib/modules" -name "$module.ko*" | head -n 1)
    [[ -n $module ]] || continue
    order=$((order + 1))
    case $module in
      *.xz) xz -dc "$module" >"$folder/modules/$order" ;;
      *) cp -- "$module" "$folder/modules/$order" ;;
    esac
  done
}

run_kernel() {
  local version=$1 kernel=$artifacts/kernel-$1 machine=$artifacts/machine-$1 output=$logs/kernel-$1.log
  local -a parts=()
  have qemu-system-x86_64 || parts+=(qemu-system-x86)
  have cpio || parts+=(cpio)
  have xz || parts+=(xz-utils)
  PATH=$PATH:/usr/sbin:/sbin
  have mkfs.ext4 || parts+=(e2fsprogs)
  ((${#parts[@]} == 0)) || install_parts "${parts[@]}" || return
  mkdir -p "$logs"
  fetch_kernel "$version" "$kernel" || return
  make_machine "$kernel" "$machine" || return
  (cd "$machine" && find . -print0 | cpio --null -o -H newc --quiet) >"$machine.cpio" || return
  rm -rf -- "$machine"
  rm -f -- "$machine.disk"
  truncate -s 256M "$machine.disk"
  # Blocks as large as pages: of smaller ones the end of a file is not in the page cache as a whole.
  quietly mkfs mkfs.ext4 -q -F -b 4096 "$machine.disk" || return
  # Emulated where there is no /dev/kvm.
  timeout "${US_KERNEL_TIMEOUT:-40m}" qemu-system-x86_64 -accel kvm -accel tcg -cpu max -smp 2 -m 2048 -nodefaults -display none -serial stdio -no-reboot \
    -kernel "$kernel"/boot/vmlinuz-* -initrd "$machine.cpio" -drive "file=$machine.disk,format=raw,if=virtio" -append 'console=ttyS0 quiet panic=-1' >"$output" 2>&1 </dev/null || true
  rm -f -- "$machine.cpio" "$machine.disk"
  tr -d '\r' <"$output" | awk -v kernel="$version" '
    $1 == "RESULT" {
      name = $0; sub(/^RESULT [0-9]+ [0-9]+ /, "", name)
      if ($2 == 0) { passed++; printf "passed  %3d s  %s\n", $3, name }
      else if ($2 == 77) { skipped++; printf "skipped %3d s  %s: %s\n", $3, name, reason }
      else { failed++; printf "FAILED  %3d s  %s: exit code %d\n%s", $3, name, $2, output }
      output = ""; reason = ""; next
    }
    /^skipped: / { reason = substr($0, 10) }
    { output = output "    " $0 "\n" }
    END {
      # The last command is the soak: a machine that ended before has failed.
      if (name !~ / soak /) { failed++; printf "the machine has ended early:\n%s", output }
      printf "Linux %s: %d passed, %d failed, %d skipped\n", kernel, passed, failed, skipped
      exit failed > 0
    }'
}

# --- pack -------------------------------------------------------------------------------------------------------------

package_folder=$artifacts/packages
# Where the packages are compiled: with paths that name no folder of this machine, so that the build of `build` is left alone.
packaging=$artifacts/packaging
arm64_liburing=$artifacts/cross/liburing-arm64

# What packing needs beyond building, as missing_parts says it.
missing_pack_parts() {
  have aarch64-linux-gnu-gcc || say gcc-aarch64-linux-gnu
  any_file /usr/aarch64-linux-gnu/include/stdio.h || say libc6-dev-arm64-cross
  have musl-gcc || say musl-tools
}

setup_pack() {
  local -a parts
  mapfile -t parts < <(missing_pack_parts)
  ((${#parts[@]} == 0)) || install_parts "${parts[@]}"
}

# Debian's liburing for arm64, by an apt that knows no other architecture and keeps its lists apart, so that none is added to this machine.
fetch_arm64_liburing() {
  local apt=$artifacts/cross/apt sources=/etc/apt name
  if any_file "$arm64_liburing/usr/lib/aarch64-linux-gnu/liburing.a"; then
    return
  fi
  rm -rf -- "$apt" "$arm64_liburing"
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$arm64_liburing"
  : >"$apt/status"
  if grep -qx 'ID=ubuntu' /etc/os-release; then
    # Ubuntu has arm64 on another server than amd64.
    sources=$apt/sources
    mkdir -p "$sources/sources.list.d"
    for name in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
      [[ ! -f $name ]] || sed -E 's,https?://[a-z.]*(archive|security)\.ubuntu\.com/ubuntu/?,http://ports.ubuntu.com/ubuntu-ports/,' \
        "$name" >"$sources/${name#/etc/apt/}"
    done
  fi
  # Its user _apt might not be allowed to look into this folder, so it verifies the signatures as this one.
  cat >"$apt/apt.conf" <<CONF
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$sources/sources.list";
Dir::Etc::sourceparts "$sources/sources.list.d";
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
CONF
  (
    cd -- "$apt"
    APT_CONFIG=$apt/apt.conf apt-get update
    APT_CONFIG=$apt/apt.conf apt-get download liburing-dev
    dpkg-deb -x liburing-dev_*_arm64.deb "$arm64_liburing"
  )
}

# The library for each runtime of the package.
build_packaged_natives() {
  local liburing machine
  machine=$(uname -m)
  if [[ $machine != x86_64 ]]; then
    say "Packing needs an x86-64 machine; this one is $machine."
    return 1
  fi
  liburing=$(gcc -print-file-name=liburing.a)
  if [[ $liburing != /* ]]; then
    say 'Packing needs liburing.a, which this distribution does not have.'
    return 1
  fi
  build_native linux-x64 -DUS_PACKAGE=ON || return
  quietly fetch-arm64-liburing fetch_arm64_liburing || return
  build_native linux-arm64 -DUS_PACKAGE=ON -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_C_FLAGS="-isystem $arm64_liburing/usr/include" \
    -DUS_LIBURING="$arm64_liburing/usr/lib/aarch64-linux-gnu/liburing.a" || return
  # The kernel's headers and liburing's are not musl's: behind its own. A static liburing needs nothing that musl lacks.
  build_native linux-musl-x64 -DUS_PACKAGE=ON -DCMAKE_C_COMPILER=musl-gcc -DUS_LIBURING="$liburing" \
    -DCMAKE_C_FLAGS="-idirafter /usr/local/include -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu" || return
  check_packaged_native linux-x64 'Advanced Micro Devices X86-64' &&
    check_packaged_native linux-arm64 AArch64 &&
    check_packaged_native linux-musl-x64 'Advanced Micro Devices X86-64'
}

# The symbols a library exports; those that musl's start files add to every library are nobody's business.
exported_symbols() {
  readelf --wide --dyn-syms "$1" | awk '$7 ~ /^[0-9]+$/ && $5 != "LOCAL" && $8 !~ /^_(init|fini)$/ { print $8 }' | LC_ALL=C sort
}

# What a library for another machine shows without being run: whose it is, what it exports, what it needs.
check_packaged_native() {
  local file=$artifacts/native/$1/liburingsharp.so needed glibc
  if ! readelf -h "$file" | grep -q "Machine: *$2\$"; then
    say "$file is not for $2."
    return 1
  fi
  if [[ $(exported_symbols "$file") != "$(exported_symbols "$library")" ]]; then
    say "$file does not export what $library does:"
    diff <(exported_symbols "$library") <(exported_symbols "$file")
    return 1
  fi
  needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | paste -sd ' ')
  if [[ ! $needed =~ ^libc\.so(\.6)?(\ ld-linux-aarch64\.so\.1)?$ ]]; then
    say "$file needs more than libc: $needed"
    return 1
  fi
  if grep -qF "$root/" "$file"; then
    say "$file names the folder it was built in."
    return 1
  fi
  glibc=$(readelf -V "$file" | grep -o 'GLIBC_[0-9.]*' | LC_ALL=C sort -uV | tail -n 1)
  say "$1: $(exported_symbols "$file" | wc -l) functions, needs $needed${glibc:+, ${glibc/_/ }}"
}

# Packs one project. The same commit gives the same bytes: the files in the package have the time of the commit.
pack_project() {
  quietly "pack-$1" env SOURCE_DATE_EPOCH="$(git log -1 --format=%ct 2>/dev/null || say 1577836800)" dotnet pack "src/$1" -c Release -v quiet -tl:off -nodeReuse:false -p:UseSharedCompilation=false \
    -o "$package_folder" -p:IsPackaging=true -p:ContinuousIntegrationBuild=true -p:RunAnalyzers=false \
    -p:ArtifactsPath="$packaging" -p:RestorePackagesPath="$packaging/restored" \
    -p:RestoreAdditionalProjectFallbackFolders="${NUGET_PACKAGES:-$HOME/.nuget/packages}" \
    -p:RestoreAdditionalProjectSources="$package_folder"
}

pack() {
  build_packaged_natives || return
  # The tool is made of the package: an older one of the same version must not be found.
  rm -rf -- "$package_folder" "$packaging"/restored/uringsharp "${packaging:?}"/{bin,publish}
  mkdir -p "$package_folder" "${NUGET_PACKAGES:-$HOME/.nuget/packages}"
  pack_project UringSharp && pack_project UringSharp.Extensions && pack_project UringSharp.Cli
}

# --- verbs -----------------------------------------------------------------------------------------------------------

verb=${1-}
(($# == 0)) || shift
case $verb in
  '' | help | --help | -h)
    usage
    ;;
  setup)
    setup
    say 'everything needed is here'
    ;;
  build)
    setup
    build
    say "built in $((built_milliseconds / 1000)).$((built_milliseconds % 1000 / 100)) s"
    ;;
  generate)
    setup
    dotnet run --project src/UringSharp.Bindings -c Release -v quiet -- native/include/uringsharp.h generated/
    ;;
  demo)
    setup
    build
    cd -- "$caller"
    exec "$artifacts/bin/UringSharp.Cli/release/uring" demo "$@"
    ;;
  sample)
    setup
    build
    cd -- "$caller"
    exec "$artifacts/bin/UringSharp.Samples.Web/release/UringSharp.Samples.Web" "$@"
    ;;
  bench)
    setup
    build
    cd -- "$caller"
    exec "$artifacts/bin/UringSharp.Benchmarks/release/UringSharp.Benchmarks" "$@"
    ;;
  test)
    read_test_arguments "$@"
    setup
    if ! build; then
      say '0 passed, 1 failed, 0 skipped'
      exit 1
    fi
    run_tests
    ;;
  test-matrix)
    setup
    build
    test_matrix
    ;;
  soak-faults)
    minutes=${1:-10}
    if (($# > 1)) || [[ ! $minutes =~ ^[1-9][0-9]*$ ]]; then
      say "soak-faults takes a number of minutes and nothing else: $*" >&2
      exit 2
    fi
    setup
    build
    soak_faults "$minutes"
    ;;
  soak)
    if [[ ! ${1-10} =~ ^[0-9]+(\.[0-9]+)?$ || ! ${2-0} =~ ^-?[0-9]+$ ]]; then
      say "soak takes a number of minutes, a seed and names of jobs: $*" >&2
      exit 2
    fi
    setup
    build
    exec "$artifacts/bin/UringSharp.TestChild/release/UringSharp.TestChild" soak "$@"
    ;;
  kernel-*)
    setup
    build
    run_kernel "${verb#kernel-}"
    ;;
  pack)
    setup
    setup_pack || exit 1
    build
    pack || exit 1
    say "packed: $(cd -- "$package_folder" && echo *)"
    ;;
  clean)
    rm -rf -- "$artifacts"
    ;;
  *)
    say "build.sh does not know the verb '$verb'." >&2
    usage >&2
    exit 2
    ;;
esac
