#!/bin/sh
# Downloads two Debian packages of freely licensed game music and unpacks their MIDI files into a folder, without
# installing anything: openttd-openmsx (GPL-2) and simutrans-data (Artistic-1.0). 84 files.
set -eu
target=${1:?usage: corpus.sh FOLDER}

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    echo "make corpus needs apt-get and dpkg-deb, which Debian and its relatives have." >&2
    echo "Elsewhere: put any MIDI files into $target, or run 'partita run vgm --set corpus=DIR'." >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd_back=$(pwd)
cd "$work"
for package in openttd-openmsx simutrans-data; do
    if ! apt-get download "$package" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        echo "'apt-get download $package' failed: is there a network? 'apt-get update' first may help." >&2
        exit 1
    fi
done
for archive in ./*.deb; do
    package=$(basename "$archive" | cut -d_ -f1)
    dpkg-deb -x "$archive" "$work/$package"
done
cd "$cd_back"
for package in openttd-openmsx simutrans-data; do
    mkdir -p "$target/$package"
    find "$work/$package" -type f -iname '*.mid' -exec cp {} "$target/$package/" \;
    find "$work/$package" -type f -name copyright -exec cp {} "$target/$package/copyright" \;
done
echo "$(find "$target" -type f -iname '*.mid' | wc -l) MIDI files in $target"
