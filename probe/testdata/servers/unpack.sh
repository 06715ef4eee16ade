#!/usr/bin/env bash
# unpack.sh DIRECTORY: Postfix, Exim and OpenSMTPD from Debian, with the libraries
# that they want, below DIRECTORY/root. As packages they exclude each other, so
# they are unpacked and not installed; start.sh runs them with chroot there, which
# leaves the machine, its users and its configuration as they were.
# Exit code 75 where the packages cannot be had: not Debian, or no way to a mirror.
set -eu
umask 022
export LC_ALL=C

# sasl2: with its modules Postfix has something to offer as AUTH.
wanted="postfix exim4-base exim4-daemon-light opensmtpd libsasl2-modules"

dir=$1
root=$dir/root
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "no apt-get here: the servers come from Debian" >&2; exit 75; }
mkdir -p "$dir/deb"
dir=$(cd "$dir" && pwd)
exec 9>"$dir/lock"
flock -w 300 9 || { echo "another run holds $dir" >&2; exit 75; }

# Not apt-get's own words alone: a stale list is told as 404, a missing one as
# "Unable to locate package", and both are cured by an update.
download() {
	(cd "$dir/deb" && apt-get -qq -o APT::Sandbox::User=root download "$@" >"$dir/apt.log" 2>&1)
}
fetch() {
	download "$@" && return
	apt-get -qq update >/dev/null 2>&1 || true
	download "$@" || { echo "apt-get download $*:" >&2; tail -n 3 "$dir/apt.log" >&2; exit 75; }
}

# libraries prints the libraries that the packages in the cache want.
libraries() {
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -f "$deb" Pre-Depends Depends
	done | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' | sed 's/|.*//; s/([^)]*)//; s/:any//; s/ //g' | grep '^z\?lib' | sort -u
}

# have prints the packages in the cache.
have() { (cd "$dir/deb" && ls) | sed -n 's/_.*\.deb$//p' | sort -u; }

# What another version of this file unpacked is unpacked anew.
stamp=$(sha256sum <"$0")
[ "$stamp" != "$(cat "$dir/done" 2>/dev/null)" ] || exit 0
rm -rf "$root" "$dir/done" "$dir"/deb/*.deb
# shellcheck disable=SC2086 # Lists of names, here and below.
fetch $wanted
while missing=$(comm -23 <(libraries) <(have)) && [ -n "$missing" ]; do
	fetch $missing
done

# Debian's base-files makes these links, which the loader's path goes through.
mkdir -p "$root"
for d in bin sbin lib lib64; do
	mkdir -p "$root/usr/$d"
	ln -s "usr/$d" "$root/$d"
done
for deb in "$dir"/deb/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --exclude=./usr/share -C "$root" -f -
done
rm -f "$dir"/deb/*.deb

# What a server looks for in a machine: its users, and a few devices.
cat >"$root/etc/passwd" <<'USERS'
root:x:0:0::/root:/bin/false
nobody:x:65534:65534::/nonexistent:/bin/false
postfix:x:64901:64901::/var/spool/postfix:/bin/false
Debian-exim:x:64903:64903::/var/spool/exim4:/bin/false
opensmtpd:x:64904:64904::/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:64905:64905::/var/lib/opensmtpd/empty:/bin/false
USERS
cut -d: -f1,2,4 "$root/etc/passwd" | sed 's/$/:/; s/^nobody:/nogroup:/' >"$root/etc/group"
echo 'postdrop:x:64902:' >>"$root/etc/group"
# Nobody is asked about the client: its name is the same everywhere, and no
# resolver answers.
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$root/etc/resolv.conf"
mkdir -p "$root/dev" "$root/run" "$root/tmp" "$root/var/run" "$root/var/log"
chmod 1777 "$root/tmp"
mknod -m 666 "$root/dev/null" c 1 3 && mknod -m 666 "$root/dev/urandom" c 1 9 && : >"$root/dev/null" ||
	{ echo "no devices can be made below $root" >&2; exit 75; }
echo "$stamp" >"$dir/done"
