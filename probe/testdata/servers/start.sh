#!/usr/bin/env bash
# start.sh DIRECTORY CASES: starts the servers that unpack.sh put into DIRECTORY,
# each on the addresses of its cases, and stops them when its standard input ends:
# which it does also when the test that holds the other end is killed.
#
# CASES has a line for each address, of fields with a tabulator between them:
#
#	server   postfix, exim, opensmtpd or opensmtpd-bpo
#	name     what the server calls itself
#	address  where it listens
#	ports    "25 587 465s", s for TLS without STARTTLS
#	cert     names of files beside CASES, "-" for no STARTTLS
#	key
#	size     octets; OpenSMTPD knows one for all, the last is taken
#	option   "-", or one of
#	         auth-plain    AUTH is offered before TLS too
#	         421, 554      the greeting
#	         broken        STARTTLS is offered, and the key is of another certificate
#	         tls1.0        nothing newer is spoken
#	         dual          a second certificate: x.ecdsa.pem and x.ecdsa.key beside x.pem
#	         postscreen    Postfix's own guard greets, and waits before it greets again
set -eu
umask 022
dir=$(cd "$1" && pwd)
cases=$2
exec 9>"$dir/lock"
flock -w 120 9 || { echo "another run holds $dir" >&2; exit 1; }

# enter ROOT: what follows is about the servers below it, which are as new.
enter() {
	root=$dir/$1
	conf=$root/etc/mailtrace
	[ -d "$root" ] || { echo "there is no $root" >&2; exit 1; }
	rm -rf "$conf" "$root/var/spool" "$root"/var/log/*
	mkdir -p "$conf" "$root/var/spool"
}

# keys SERVER OWNER gives the server the certificates, and keys that it alone reads.
keys() {
	mkdir "$conf/$1"
	cp "${cases%/*}"/*.pem "${cases%/*}"/*.key "$conf/$1"
	chown "$2" "$conf/$1"/*.key
	chmod 600 "$conf/$1"/*.key
}

# each SERVER FUNCTION calls the function for each case of the server, which finds
# the case in variables, with the files where the server sees them.
each() {
	local server name address ports cert key size option
	while IFS=$'\t' read -r server name address ports cert key size option; do
		[ "$server" = "$1" ] || continue
		[ "$cert" = - ] || cert=/etc/mailtrace/$1/$cert key=/etc/mailtrace/$1/$key
		"$2"
	done <"$cases"
}

# --- Postfix: a line of master.cf for each endpoint.

postfix_case() {
	local port on host=$address serves="inet n - n - - smtpd"
	case $address in *:*) host="[$address]" ;; esac
	for port in $ports; do
		on="-o myhostname=$name -o message_size_limit=$size"
		[ "$cert" = - ] || on="$on -o smtpd_tls_security_level=may -o smtpd_tls_cert_file=$cert -o smtpd_tls_key_file=$key"
		case $port in
		25) ;;
		*s) on="$on -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes" ;;
		587) on="$on -o smtpd_tls_auth_only=yes -o smtpd_sasl_auth_enable=yes" ;;
		esac
		case $option in
		auth-plain) on="$on -o smtpd_sasl_auth_enable=yes" ;;
		421) on="$on -o { smtpd_client_restrictions = check_client_access static:{421 4.7.0 come back later} }" ;;
		554) on="$on -o { smtpd_client_restrictions = check_client_access static:{554 5.7.1 not from here} }" ;;
		tls1.0) on="$on -o smtpd_tls_protocols=TLSv1" ;;
		dual) on="$on -o smtpd_tls_eccert_file=${cert%.pem}.ecdsa.pem -o smtpd_tls_eckey_file=${key%.key}.ecdsa.key" ;;
		postscreen)
			serves="inet n - n - 1 postscreen -o smtpd_service_name=$name"
			echo "$name pass - - n - - smtpd $on"
			;;
		esac
		echo "$host:${port%s} $serves $on"
	done
}

postfix_start() {
	local d etc=$root/etc/postfix
	keys postfix 0
	for d in active bounce corrupt defer deferred flush hold incoming private saved trace; do
		install -d -o 64901 -g 0 -m 700 "$root/var/spool/postfix/$d"
	done
	install -d -o 64901 -g 64902 -m 730 "$root/var/spool/postfix/maildrop"
	install -d -o 64901 -g 64902 -m 710 "$root/var/spool/postfix/public"
	install -d "$root/var/spool/postfix/pid"
	install -d -o 64901 -g 64901 -m 700 "$root/var/lib/postfix"
	mkdir -p "$etc/sasl"
	printf 'pwcheck_method: auxprop\nmech_list: PLAIN LOGIN\n' >"$etc/sasl/smtpd.conf"
	cat >"$etc/main.cf" <<-'END'
		compatibility_level = 3.6
		daemon_directory = /usr/lib/postfix/sbin
		shlib_directory = /usr/lib/postfix
		queue_directory = /var/spool/postfix
		data_directory = /var/lib/postfix
		maillog_file = /var/log/postfix.log
		inet_protocols = all
		mydestination =
		alias_maps =
		# The greeting is where a client is told that it may not, and it is told at once.
		smtpd_delay_reject = no
		smtpd_peername_lookup = no
		smtpd_relay_restrictions = reject
		# By default our own network is spared, and the next 59 days.
		postscreen_access_list =
		postscreen_cache_map =
		postscreen_greet_wait = 2s
		notify_classes =
		# Certificates are looked at that the library would not load by itself.
		smtpd_tls_ciphers = low
		tls_low_cipherlist = ALL:@SECLEVEL=0
	END
	cat >"$etc/master.cf" <<-'END'
		postlog unix-dgram n - n - 1 postlogd
		tlsmgr unix - - n 1000? 1 tlsmgr
		anvil unix - - n - 1 anvil
		rewrite unix - - n - - trivial-rewrite
		proxymap unix - - n - - proxymap
	END
	each postfix postfix_case >>"$etc/master.cf"
	run /usr/lib/postfix/sbin/master -d -c /etc/postfix
}

# --- Exim: one configuration that looks the endpoint up in files.

exim_case() {
	local port word=${option/-/}
	case $address in *:*) interfaces="$interfaces ; [$address]:" ;; *) interfaces="$interfaces ; $address." ;; esac
	local stem=$interfaces
	interfaces=${interfaces% ; *}
	for port in $ports; do
		interfaces="$interfaces ; ${stem##* ; }${port%s}"
		case $port in *s) implicit="$implicit:${port%s}" ;; esac
		printf '"%s/%s": name=%s cert=%s key=%s size=%s option=%s\n' \
			"$address" "${port%s}" "$name" "$cert" "$key" "$size" "$word" >>"$conf/exim.cases"
	done
}

exim_start() {
	local interfaces="" implicit="" d
	for d in log spool; do
		install -d -o 64903 -g 64903 "$root/var/$d/exim4"
	done
	keys exim 64903
	: >"$conf/exim.cases"
	each exim exim_case
	{
		echo "local_interfaces = <; ${interfaces# ; }"
		echo "tls_on_connect_ports = ${implicit#:}"
		cat <<-'END'
			# A field of the case that the connection belongs to.
			CASE = ${lookup{$received_ip_address/$received_port}lsearch{/etc/mailtrace/exim.cases}}
			OPTION = ${extract{option}{CASE}}
			keep_environment =
			daemon_smtp_ports = 25
			smtp_accept_max = 0
			spool_directory = /var/spool/exim4
			log_file_path = /var/log/exim4/%slog
			host_lookup =
			rfc1413_query_timeout = 0s
			smtp_active_hostname = ${extract{name}{CASE}}
			smtp_banner = $smtp_active_hostname ESMTP Exim $version_number
			message_size_limit = ${extract{size}{CASE}}
			tls_advertise_hosts = ${if eq{${extract{cert}{CASE}}}{-}{}{*}}
			tls_certificate = ${extract{cert}{CASE}}${if eq{OPTION}{dual}{ : ${sg{${extract{cert}{CASE}}}{.pem}{.ecdsa.pem}}}}
			tls_privatekey = ${extract{key}{CASE}}${if eq{OPTION}{dual}{ : ${sg{${extract{key}{CASE}}}{.key}{.ecdsa.key}}}}
			tls_require_ciphers = ${if eq{OPTION}{tls1.0}{NORMAL:-VERS-ALL:+VERS-TLS1.0}{NORMAL:%PROFILE_VERY_WEAK}}
			acl_smtp_connect = greeting
			begin acl
			greeting:
			  defer condition = ${if eq{OPTION}{421}}
			        message = 421 4.7.0 come back later
			  deny condition = ${if eq{OPTION}{554}}
			        message = 554 5.7.1 not from here
			  accept
			begin authenticators
			plain:
			  driver = plaintext
			  public_name = PLAIN
			  server_prompts = :
			  server_condition = no
			  server_advertise_condition = ${if or{{eq{OPTION}{authplain}}{and{{match{$received_port}{^(465|587)\$}}{def:tls_in_cipher}}}}}
		END
	} >"$conf/exim.conf"
	chmod 644 "$conf/exim.conf"
	run /usr/sbin/exim4 -C /etc/mailtrace/exim.conf -bdf -oP /run/exim.pid
}

# --- OpenSMTPD: a listener for each endpoint, with a certificate of its own.

opensmtpd_case() {
	local port on filter=""
	if [ "$cert" != - ]; then
		echo "pki $name cert \"$cert\""
		echo "pki $name key \"$key\""
	fi
	case $option in
	421) echo "filter \"$name\" phase connect match !src <nobody> disconnect \"421 4.7.0 come back later\"" ;;
	554) echo "filter \"$name\" phase connect match !src <nobody> disconnect \"554 5.7.1 not from here\"" ;;
	esac
	case $option in 421 | 554) filter="filter \"$name\"" ;; esac
	for port in $ports; do
		on="tls"
		case $port in *s) on="smtps" ;; esac
		on="$on pki $name"
		[ "$cert" != - ] || on=""
		case $port in *s | 587) on="$on auth" ;; esac
		echo "listen on $address port ${port%s} $on hostname $name $filter"
	done
	smtp_size=$size
}

opensmtpd_start() { # SERVER
	local smtp_size=""
	keys "$1" 0
	install -d "$root/var/lib/opensmtpd/empty" "$root/etc/ssl/certs"
	: >"$root/etc/ssl/certs/ca-certificates.crt" # As a client it trusts nobody, and wants to be told.
	{
		echo 'table nobody { "192.0.2.1" }'
		each "$1" opensmtpd_case
		echo "smtp max-message-size $smtp_size"
		echo "match from any for any reject"
	} >"$conf/smtpd.conf"
	chmod 600 "$conf/smtpd.conf"
	# One certificate that the library finds too weak, and OpenSMTPD ends.
	printf 'openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = ALL:@SECLEVEL=0\n' >"$conf/openssl.cnf"
	OPENSSL_CONF=/etc/mailtrace/openssl.cnf run /usr/sbin/smtpd -d -f /etc/mailtrace/smtpd.conf
}

# --- One process group for each, so that all of it can be ended.

groups=""
run() {
	setsid chroot "$root" "$@" </dev/null >"$root/var/log/${1##*/}.out" 2>&1 9>&- &
	groups="$groups $!"
}
stop() {
	trap - EXIT
	for g in $groups; do
		kill -TERM -- "-$g" 2>/dev/null || true
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		left=""
		for g in $groups; do
			kill -0 -- "-$g" 2>/dev/null && left="$left $g"
		done
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	for g in $left; do
		kill -KILL -- "-$g" 2>/dev/null || true
	done
}
trap stop EXIT
trap 'exit 1' INT TERM

there_is() { grep -q "^$1	" "$cases"; }
enter debian
! there_is postfix || postfix_start
! there_is exim || exim_start
! there_is opensmtpd || opensmtpd_start opensmtpd
if there_is opensmtpd-bpo; then
	enter backports
	opensmtpd_start opensmtpd-bpo
fi
cat >/dev/null
