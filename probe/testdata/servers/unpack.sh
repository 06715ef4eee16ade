#!/usr/bin/env bash
# unpack.sh DIRECTORY: Postfix, Exim, OpenSMTPD and unbound from Debian, with the libraries
# that they want, below DIRECTORY/debian. As packages they exclude each other, so
# they are unpacked and not installed; start.sh runs them with chroot there, which
# leaves the machine, its users and its configuration as they were.
#
# Debian 12's OpenSMTPD fails every handshake: there DIRECTORY/backports is the same
# with the one from Debian's backports.
#
# DIRECTORY/versions says what there is. Exit code 75 where the packages cannot be
# had: not root, not Debian, or no way to a mirror.
set -eu
umask 022
export LC_ALL=C

# sasl2: with its modules Postfix has something to offer as AUTH.
wanted="postfix exim4-base exim4-daemon-light opensmtpd libsasl2-modules unbound"

sorry() { echo "the servers cannot be had: $*" >&2; exit 75; }
[ "$(id -u)" = 0 ] || sorry "chroot wants root"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || sorry "they come from Debian, and there is no apt-get here"

mkdir -p "$1/deb"
dir=$(cd "$1" && pwd)
exec 9>"$dir/lock"
flock -w 300 9 || sorry "another run holds $dir"

# What another version of this file unpacked is unpacked anew.
stamp=$(sha256sum <"$0")
[ "$stamp" != "$(cat "$dir/done" 2>/dev/null)" ] || exit 0
rm -rf "$dir/done" "$dir/versions" "$dir/lists" "$dir/debian" "$dir/backports" "$dir"/deb/*.deb

# A mirror that does not answer is given up soon.
apt="apt-get -qq -o APT::Sandbox::User=root -o Acquire::http::Timeout=10 -o Acquire::Retries=1"

# A list of packages that is missing or stale is cured by an update.
download() {
	(cd "$dir/deb" && $apt download "$@" >"$dir/apt.log" 2>&1)
}
fetch() {
	download "$@" && return
	$apt update >/dev/null 2>&1 || true
	download "$@" || sorry "apt-get download $*: $(tail -n 1 "$dir/apt.log")"
}

# libraries prints those that the packages which are there want; have, the packages.
libraries() {
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -f "$deb" Pre-Depends Depends
	done | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' | sed 's/|.*//; s/([^)]*)//; s/:any//; s/ //g' | grep '^z\?lib' | sort -u
}
have() { (cd "$dir/deb" && ls) | sed -n 's/_.*\.deb$//p' | sort -u; }

# The lists of the backports are kept apart from those of the machine.
backports() {
	local suite
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")-backports
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$dir/backports.list"
	mkdir -p "$dir/lists/partial" "$dir/deb/backports"
	local apt="$apt -o Dir::Etc::SourceList=$dir/backports.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$dir/lists"
	(cd "$dir/deb/backports" && rm -f -- *.deb && $apt update && $apt download opensmtpd) >"$dir/apt.log" 2>&1
}

# extract DEB ROOT
extract() {
	dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --exclude=./usr/share -C "$2" -f -
}

# shellcheck disable=SC2086 # Lists of names.
fetch $wanted
# shellcheck disable=SC2086
while missing=$(comm -23 <(libraries) <(have)) && [ -n "$missing" ]; do
	fetch $missing
done

root=$dir/debian
mkdir -p "$root/dev" "$root/run" "$root/var/run" "$root/var/log" "$root/etc"
mkdir -m 1777 "$root/tmp"
for d in bin sbin lib lib64; do # Links of Debian's base-files, which the loader's path goes through.
	mkdir -p "$root/usr/$d"
	ln -s "usr/$d" "$root/$d"
done
for deb in "$dir"/deb/*.deb; do
	extract "$deb" "$root"
done

# What a server looks for in a machine: its users, and a few devices. Nobody is asked
# about the client: its name is the same everywhere, and no resolver answers.
cat >"$root/etc/passwd" <<'END'
root:x:0:0::/root:/bin/false
nobody:x:65534:65534::/nonexistent:/bin/false
postfix:x:64901:64901::/var/spool/postfix:/bin/false
Debian-exim:x:64903:64903::/var/spool/exim4:/bin/false
opensmtpd:x:64904:64904::/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:64905:64905::/var/lib/opensmtpd/empty:/bin/false
END
cut -d: -f1,2,4 "$root/etc/passwd" | sed 's/$/:/; s/^nobody:/nogroup:/' >"$root/etc/group"
echo 'postdrop:x:64902:' >>"$root/etc/group"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$root/etc/resolv.conf"
mknod -m 666 "$root/dev/null" c 1 3 && mknod -m 666 "$root/dev/urandom" c 1 9 && : >"$root/dev/null" ||
	sorry "no devices can be made below $root"

(cd "$dir/deb" && ls) | sed -n 's/^\(postfix\|exim4-daemon-light\|opensmtpd\|unbound\)_\([^_]*\)_.*/\1 \2/p' >"$dir/versions"
if grep -q '^opensmtpd 6\.8\.' "$dir/versions" && backports; then
	cp -al "$root" "$dir/backports" # tar does not write into what is there, it replaces it.
	extract "$dir"/deb/backports/*.deb "$dir/backports"
	ls "$dir/deb/backports" | sed 's/_\([^_]*\)_.*/-bpo \1/' >>"$dir/versions"
fi
rm -rf "$dir"/deb/*.deb "$dir/deb/backports" "$dir/lists"
echo "$stamp" >"$dir/done"
