#!/bin/bash
# Makes the images that the Docker tests run on: pgtui-test-postgres:15 and pgtui-test-postgres:17.
# From the official image where a registry answers, else from Debian's packages on a debootstrapped base.
# An image whose label carries the hash of this directory's sources is left alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly repository=pgtui-test-postgres
readonly content_label=pgtui.test.content
readonly pull_deadline=${PGTUI_PULL_DEADLINE:-90}

say() {
    printf 'images: %s\n' "$*"
}

fail() {
    printf 'images: %s\n' "$*" >&2
    exit 1
}

content_hash() {
    (cd "$here" && sha256sum Dockerfile docker-entrypoint.sh build.sh) | sha256sum | cut -c1-16
}

label_of() {
    docker image inspect --format "{{index .Config.Labels \"$content_label\"}}" "$1" 2>/dev/null || true
}

# The mirror this machine already installs from: it is the one known to be reachable.
mirror() {
    local found=
    if command -v apt-get >/dev/null; then
        found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' \
            2>/dev/null | grep -m1 -E '^https?://' || true)
    fi
    printf '%s' "${found:-http://deb.debian.org/debian/}"
}

make_base() {
    local suite=$1 tag=$2 work
    [ "$(id -u)" = 0 ] || fail 'debootstrap needs root; run this as root, or make a registry reachable'
    command -v debootstrap >/dev/null || fail 'no registry answers and debootstrap is missing: apt-get install debootstrap'
    work=$(mktemp -d "${TMPDIR:-/tmp}/pgtui-base.XXXXXX")
    say "making a minimal Debian $suite"
    if ! debootstrap --variant=minbase "$suite" "$work/root" "$(mirror)" >"$work/log" 2>&1; then
        tail -n 20 "$work/log" >&2
        rm -rf "$work"
        fail "debootstrap of $suite failed"
    fi
    rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
    tar -C "$work/root" --numeric-owner -c . | docker import - "$tag" >/dev/null
    rm -rf "$work"
}

build_from_debian() {
    local major=$1 suite=$2 hash=$3 base="pgtui-test-base:$2"
    docker image inspect "$base" >/dev/null 2>&1 || make_base "$suite" "$base"
    say "installing postgresql-$major"
    # The host's network: its resolver may listen where only the host can reach it.
    docker build --quiet --network=host --build-arg "BASE=$base" --build-arg "PG_MAJOR=$major" \
        --label "$content_label=$hash" --tag "$repository:$major" "$here" >/dev/null
}

build() {
    local major=$1 suite=$2 hash=$3
    if [ "$(label_of "$repository:$major")" = "$hash" ]; then
        say "$repository:$major is there"
        return
    fi
    if timeout "$pull_deadline" docker pull --quiet "postgres:$major" >/dev/null 2>&1; then
        printf 'FROM postgres:%s\n' "$major" |
            docker build --quiet --label "$content_label=$hash" --tag "$repository:$major" - >/dev/null
        say "$repository:$major made from postgres:$major"
    else
        build_from_debian "$major" "$suite" "$hash"
        say "$repository:$major made from Debian $suite"
    fi
}

main() {
    docker version >/dev/null 2>&1 || fail 'no Docker engine answers'
    local hash
    hash=$(content_hash)
    build 15 bookworm "$hash"
    build 17 trixie "$hash"
}

main "$@"
