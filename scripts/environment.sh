# Sourced by the other scripts: `prepare_venv FILE` makes .venv and installs FILE when it changed.
# shellcheck shell=bash

# Byte code is made as modules are imported, for the few that are (pip would make it for all 18,000),
# and kept for the many processes of the tests.
unset PYTHONDONTWRITEBYTECODE

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3 python; do
        # Running it is the test: a shim of a version manager may exist and lead nowhere.
        if [ -n "$candidate" ] && "$candidate" -c \
            'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 with its venv module is needed (Debian: apt-get install python3.11-venv)." >&2
    echo "If it is somewhere else, name it: PYTHON=/path/to/python3.11 $0" >&2
    return 1
}

install_requirements() {
    local file=$1 stamp=.venv/.installed-$1 wanted
    wanted=$(cat requirements*.txt | sha256sum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    # One that was cut short is made anew: half an environment can't be told from a whole one.
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        local python
        python=$(find_python)
        echo "Making .venv with $python" >&2
        "$python" -m venv --clear .venv
    fi
    echo "Installing $file (a few minutes the first time)" >&2
    .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check \
        --root-user-action=ignore -r "$file" >&2
    echo "$wanted" >"$stamp"
}

prepare_venv() {
    mkdir -p var
    # Two scripts started together must not install into one folder at once.
    exec 9>var/.venv.lock
    if command -v flock >/dev/null; then flock 9; fi
    install_requirements "$1"
    exec 9>&-
}
