# shellcheck shell=sh
# ---- from here on the same text for every campaign ------------------------------------------

usage() {
    cat <<'USAGE'
usage: sh campaign.sh [--list]

Builds and measures what is not done yet; stop it with Ctrl-C and start it again at any time.
  --list           the engines, and which are done
Environment:
  TRTEXEC          trtexec (default: that of PATH, else /usr/src/tensorrt/bin/trtexec)
  PYTHON           python3 with the module tensorrt
  TEGRASTATS       tegrastats (default: that of PATH); "none": memory is not watched
USAGE
}

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "campaign: $*"
    exit 1
}

# ---- the end, wanted or not -------------------------------------------------------------------

child='' watcher=''

stop_watching() {
    if [ -n "$watcher" ]; then
        kill "$watcher" 2>/dev/null
        wait "$watcher" 2>/dev/null
        watcher=''
    fi
}

clean_up() {
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null
        wait "$child" 2>/dev/null
        child=''
    fi
    stop_watching
    if [ "$OWN_PART" = 1 ]; then
        rm -rf part
    fi
}

interrupted() {
    trap '' INT TERM HUP # the user may ask twice; cleaning up goes first
    say "campaign: stopped; what is done stays, start it again to go on"
    exit "$1"
}

# Runs a command of the list above as a process of its own: log, command, arguments.
run() {
    log=$1
    shift
    "$@" >"$log" 2>&1 &
    child=$!
    wait "$child"
    code=$?
    child=''
    return "$code"
}

# ---- what is here -----------------------------------------------------------------------------

find_trtexec() {
    if [ -z "${TRTEXEC:-}" ]; then
        TRTEXEC=$(command -v trtexec || echo /usr/src/tensorrt/bin/trtexec)
    fi
    command -v "$TRTEXEC" >/dev/null 2>&1 ||
        die "no $TRTEXEC: install TensorRT's samples (package libnvinfer-bin), or set TRTEXEC"
}

# "8.5" of the banner's "v8502"; empty where 7.x prints none.
banner_version() {
    number=$("$TRTEXEC" --help 2>&1 |
        sed -n 's/^&&&& RUNNING TensorRT.trtexec \[TensorRT v\([0-9]*\)\].*/\1/p' | head -n 1)
    if [ -z "$number" ]; then
        return
    elif [ "$number" -lt 10000 ]; then
        echo "$((number / 1000)).$((number / 100 % 10))"
    else
        echo "$((number / 10000)).$((number / 100 % 100))"
    fi
}

check_version() {
    found=$(banner_version)
    if [ -z "$found" ] && [ "$TENSORRT_MAJOR" -ge 8 ]; then
        say "campaign: $TRTEXEC does not say its version; this is for TensorRT $TENSORRT"
    elif [ -n "$found" ] && [ "$found" != "$TENSORRT" ]; then
        die "written for TensorRT $TENSORRT, and $TRTEXEC is of $found: plan again with --tensorrt $found"
    fi
}

check_python() {
    if [ "$NEEDS_PYTHON" = 1 ]; then
        PYTHON=${PYTHON:-python3}
        "$PYTHON" -c 'import tensorrt' 2>/dev/null ||
            die "$PYTHON has no module tensorrt: install python3-libnvinfer, or set PYTHON"
    fi
}

check_files() {
    for file in $FILES; do
        [ -f "$file" ] || die "$file is missing: copy it here"
    done
}

find_tegrastats() {
    TEGRASTATS=${TEGRASTATS:-tegrastats}
    if [ "$TEGRASTATS" != none ] && ! command -v "$TEGRASTATS" >/dev/null 2>&1; then
        say "campaign: no tegrastats: the load of the memory is not recorded"
        TEGRASTATS=none
    fi
    if [ "$TEGRASTATS" != none ] && [ "$(id -u)" != 0 ]; then
        say "campaign: not root: tegrastats shows the memory's load (EMC_FREQ) to root only"
    fi
}

record_board() {
    {
        date
        uname -a
        cat /etc/nv_tegra_release
        nvpmodel -q
        jetson_clocks --show
    } >part/board.txt 2>/dev/null
    mv part/board.txt board.txt
    if command -v nvpmodel >/dev/null 2>&1 && ! grep -q MAXN board.txt; then
        say "campaign: the power mode is not MAXN: all times are those of this mode (nvpmodel -m 0," \
            "then jetson_clocks, holds the clocks at their highest)"
    fi
}

# ---- one engine -------------------------------------------------------------------------------

# Pieces on the DLA that a build's log lists.
count_pieces() {
    if [ "$TENSORRT_MAJOR" -ge 8 ]; then
        grep -c '\[DlaLayer\]' "$1"
    else
        awk '/Layers running on DLA/ { getline; print gsub(/\{/, ""); found = 1; exit }
             END { if (!found) print 0 }' "$1"
    fi
}

# Why a build is not what was asked for; nothing when it is: log, pieces asked for, by Python.
fault_of() {
    pieces=$(count_pieces "$1")
    if [ "$3" = 0 ] && ! grep -q '^&&&& PASSED' "$1"; then
        echo "trtexec did not end with PASSED"
    elif [ "$2" -gt 0 ] && [ "$pieces" = 0 ]; then
        echo "no layer runs on the DLA: the names are not those of this network"
    elif [ "$2" = 0 ] && [ "$pieces" -gt 0 ]; then
        echo "layers run on the DLA, and none should"
    fi
}

warn_of_placement() {
    pieces=$(count_pieces "$1")
    if [ "$pieces" != "$2" ]; then
        say "  $pieces pieces on the DLA where $2 should be: its log says why"
    fi
    moved=$(grep -c -e 'falling back to GPU' -e 'Switching.* GPU' "$1")
    if [ "$moved" -gt 0 ]; then
        say "  $moved messages of layers that fall back to the GPU, see $3"
    fi
}

last_error() {
    grep -e '\[E\]' -e '^haxconn: ' -e 'Error' "$1" | tail -n 1
}

# A step failed: what, why, its log.
failed() {
    failures=$((failures + 1))
    mkdir -p failed
    mv "$3" "failed/$1.log"
    say "  FAILED: $2" "$(last_error "failed/$1.log" | sed 's/^/: /')"
    say "  the log is in failed/$1.log; start again to try again"
}

build() {
    number=$1 stem=$2 pieces=$3 python=$4
    began=$(date +%s)
    if [ -s engines/timing.cache ]; then
        cp engines/timing.cache part/timing.cache
    fi
    if ! run part/build.log "build_$number" "part/$stem.plan"; then
        failed "$stem" "the engine was not built (exit code $code)" part/build.log
        return 1
    fi
    fault=$(fault_of part/build.log "$pieces" "$python")
    if [ -n "$fault" ]; then
        failed "$stem" "$fault" part/build.log
        return 1
    fi
    if [ ! -s "part/$stem.plan" ]; then
        failed "$stem" "no engine was written" part/build.log
        return 1
    fi
    warn_of_placement part/build.log "$pieces" "engines/$stem.build.log"
    if [ -s part/timing.cache ]; then
        mv part/timing.cache engines/timing.cache
    fi
    mv part/build.log "engines/$stem.build.log"
    mv "part/$stem.plan" "engines/$stem.plan"
    built=$((built + 1))
    built_s=$((built_s + $(date +%s) - began))
}

# The log comes last: with it the engine counts as measured.
collect() {
    folder=results/$1 stem=$2
    mkdir -p "$folder"
    cp "engines/$stem.build.log" part/copy
    mv part/copy "$folder/$stem.build.log"
    for end in json times.json layers.json tegrastats; do
        if [ -s "part/$stem.$end" ]; then
            mv "part/$stem.$end" "$folder/$stem.$end"
        fi
    done
    mv "part/$stem.log" "$folder/$stem.log"
    rm -f "failed/$stem.log"
}

measure() {
    number=$1 network=$2 stem=$3
    began=$(date +%s)
    if [ "$TEGRASTATS" != none ]; then
        "$TEGRASTATS" --interval "$INTERVAL_MS" --logfile "part/$stem.tegrastats" >/dev/null 2>&1 &
        watcher=$!
    fi
    run "part/$stem.log" "measure_$number" "engines/$stem.plan" "part/$stem"
    stop_watching
    if [ "$code" = 0 ] && [ "$PROFILE_APART" = 1 ]; then
        run part/profile.log "profile_$number" "engines/$stem.plan" "part/$stem"
        [ "$code" = 0 ] || mv part/profile.log "part/$stem.log"
    fi
    if [ "$code" != 0 ] || ! grep -q '^&&&& PASSED' "part/$stem.log" || [ ! -s "part/$stem.json" ]; then
        failed "$stem" "the engine was not measured (exit code $code)" "part/$stem.log"
        return 1
    fi
    collect "$network" "$stem"
    measured=$((measured + 1))
    measured_s=$((measured_s + $(date +%s) - began))
}

# ---- all of them ------------------------------------------------------------------------------

# Seconds as people read them.
duration() {
    if [ "$1" -ge 5400 ]; then
        echo "$((($1 + 1800) / 3600)) h"
    elif [ "$1" -ge 90 ]; then
        echo "$((($1 + 30) / 60)) min"
    else
        echo "$1 s"
    fi
}

# What is left takes as long as what was done, or as assumed before anything was.
left() {
    build_s=$ASSUMED_BUILD_S measure_s=$ASSUMED_MEASURE_S
    [ "$built" = 0 ] || build_s=$((built_s / built))
    [ "$measured" = 0 ] || measure_s=$((measured_s / measured))
    duration $((to_build * build_s + to_measure * measure_s))
}

is_built() {
    [ -s "engines/$1.plan" ] && [ -s "engines/$1.build.log" ]
}

count_step() {
    if [ ! -s "results/$2/$3.log" ]; then
        to_measure=$((to_measure + 1))
        is_built "$3" || to_build=$((to_build + 1))
    fi
}

list_step() {
    state='to do'
    if [ -s "results/$2/$3.log" ]; then
        state=measured
    elif is_built "$3"; then
        state=built
    fi
    printf '%-10s %-45s %s\n' "$state" "$3" "$6"
}

do_step() {
    place=$((place + 1))
    [ ! -s "results/$2/$3.log" ] || return 0
    if ! is_built "$3"; then
        say "[$place/$ENGINES] $3: building; about $(left) left"
        to_build=$((to_build - 1))
        if ! build "$1" "$3" "$4" "$5"; then
            to_measure=$((to_measure - 1))
            return 0
        fi
    fi
    say "[$place/$ENGINES] $3: measuring; about $(left) left"
    to_measure=$((to_measure - 1))
    measure "$1" "$2" "$3"
}

take_folder() {
    if [ -f part/pid ] && kill -0 "$(cat part/pid)" 2>/dev/null; then
        die "it is running already, process $(cat part/pid)"
    fi
    rm -rf part
    mkdir -p part engines results || die "cannot write here"
    echo $$ >part/pid
    OWN_PART=1
}

main() {
    OWN_PART=0
    place=0 to_build=0 to_measure=0 built=0 built_s=0 measured=0 measured_s=0 failures=0
    case ${1:-} in
    '') ;;
    --list)
        steps list_step
        exit 0
        ;;
    *)
        usage
        exit 2
        ;;
    esac
    steps count_step
    say "$ENGINES engines for TensorRT $TENSORRT on $BOARD: $to_build to build," \
        "$to_measure to measure; about $(left)"
    if [ "$to_measure" = 0 ]; then
        say "all is done: sh import.sh makes the profile"
        exit 0
    fi
    find_trtexec
    check_version
    check_python
    check_files
    find_tegrastats
    trap clean_up EXIT
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM HUP
    take_folder
    record_board
    steps do_step
    if [ "$failures" -gt 0 ]; then
        say "$failures of $ENGINES engines failed, see the folder 'failed'; start again to try them again"
        exit 1
    fi
    say "all is done: sh import.sh makes the profile"
}

main "$@"
